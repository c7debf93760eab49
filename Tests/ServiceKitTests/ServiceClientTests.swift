import Contracts
import Foundation
import Messaging
import Runtime
import ServiceKit
import Testing

@Suite struct ServiceClientTests {
    private static let ok = ScriptedPeer.Answer.reply(.json(Data(#"{"count":7}"#.utf8)))
    private static func failing(_ problem: Problem) -> ScriptedPeer.Answer { .reply(.problem(problem)) }

    /// What a call to `echo` gives with a scripted peer.
    private func call(
        _ endpoint: Endpoint<NoteCount, NoteCount> = EchoAPI.echo, seed: UInt64 = 1, times: Int = 1, script: [ScriptedPeer.Answer]
    ) throws -> (results: [Result<NoteCount, Problem>], tries: Int, took: Duration, last: RawRequest?) {
        try NotesLab.with(seed: seed) { lab in
            let peer = ScriptedPeer(world: lab.world.instance("echo"), script)
            lab.context.directory.register(peer, as: "echo")
            let client = lab.context.client(EchoAPI.self)
            let began = lab.world.now
            var results = [Result<NoteCount, Problem>]()
            for _ in 0..<times {
                do {
                    let cause = Cause(correlationID: "c-1", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                    results.append(
                        .success(
                            try await client.call(
                                endpoint, body: NoteCount(count: 1), cause: cause,
                                principal: Principal(userID: "u1", roles: ["staff", "buyer"]))))
                } catch let problem as Problem {
                    results.append(.failure(problem))
                }
            }
            return (results, peer.requests.count, lab.world.now - began, peer.requests.last)
        }
    }

    @Test func `values cross as JSON, with identity and cause as headers`() throws {
        let (results, _, _, request) = try call(script: [Self.ok])
        #expect(try results[0].get().count == 7)
        let sent = try #require(request)
        #expect(String(decoding: sent.body, as: UTF8.self) == #"{"count":1}"#)
        #expect(sent.headers["X-User-ID"] == "u1" && sent.headers["X-User-Roles"] == "buyer,staff")
        #expect(sent.headers["X-Request-ID"] == "c-1" && sent.headers["traceparent"]?.hasPrefix("00-0af7") == true)
        #expect(sent.origin == .peer)
    }

    @Test func `the peer's problem comes out as it is and is not tried again`() throws {
        let (results, tries, _, _) = try call(script: [Self.failing(.conflict(code: "taken", detail: "Taken."))])
        guard case .failure(let problem) = results[0] else { Issue.record("no problem"); return }
        #expect(problem.status == 409 && problem.code == "taken" && problem.detail == "Taken.")
        #expect(tries == 1)
    }

    @Test func `an idempotent call is tried again after an unavailable peer`() throws {
        let (results, tries, took, _) = try call(script: [Self.failing(.unavailable()), Self.failing(.unavailable()), Self.ok])
        #expect(try results[0].get().count == 7)
        #expect(tries == 3)
        #expect(took > .zero)
    }

    @Test func `a call that is not repeatable is tried once`() throws {
        let (results, tries, _, _) = try call(EchoAPI.tell, script: [Self.failing(.unavailable()), Self.ok])
        guard case .failure(let problem) = results[0] else { Issue.record("no problem"); return }
        #expect(problem.status == 503)
        #expect(tries == 1)
    }

    @Test func `a peer that never answers holds nobody longer than the deadline`() throws {
        for seed in UInt64(1)...5 {
            let (results, _, took, _) = try call(EchoAPI.tell, seed: seed, script: [.never])
            guard case .failure(let problem) = results[0] else { Issue.record("no problem"); return }
            #expect(problem.status == 504 && problem.code == "deadline_exceeded")
            #expect(took == .seconds(5), "seed \(seed)")
        }
    }

    @Test func `failures in a row open the breaker, and time closes it again`() throws {
        let (results, tries, _, _) = try call(EchoAPI.tell, times: 8, script: [Self.failing(.unavailable())])
        let codes = results.map { if case .failure(let problem) = $0 { problem.code } else { "ok" } }
        #expect(tries == 5)
        #expect(codes == Array(repeating: "unavailable", count: 5) + Array(repeating: "circuit_open", count: 3))

        let recovered = try NotesLab.with { lab in
            let script = Array(repeating: Self.failing(.unavailable()), count: 5) + [Self.ok]
            let peer = ScriptedPeer(world: lab.world.instance("echo"), script)
            lab.context.directory.register(peer, as: "echo")
            let client = lab.context.client(EchoAPI.self)
            let cause = Cause(correlationID: "c")
            for _ in 0..<5 { _ = try? await client.call(EchoAPI.tell, body: NoteCount(count: 1), cause: cause) }  // failures are the point
            #expect(client.upstream.breakerState == .open)
            try await lab.world.sleep(for: .seconds(5))
            #expect(client.upstream.breakerState == .halfOpen)
            return try await client.call(EchoAPI.tell, body: NoteCount(count: 1), cause: cause)
        }
        #expect(recovered.count == 7)
    }

    @Test func `a peer that is not declared may not be called`() throws {
        let code = try NotesLab.with { lab in
            lab.context.directory.register(ScriptedPeer(world: lab.world, [Self.ok]), as: "stranger")
            do {
                _ = try await lab.context.client(StrangerAPI.self).call(StrangerAPI.ask, cause: Cause(correlationID: "c"))
                return "called"
            } catch let problem as Problem {
                return problem.code
            }
        }
        #expect(code == "peer_not_declared")
    }

    @Test func `replicas take turns, and one that does not answer is passed over`() throws {
        let counts = try NotesLab.with { lab in
            let peers = ["echo", "echo#2", "echo#3"].map { ScriptedPeer($0, world: lab.world.instance($0), [Self.ok]) }
            for peer in peers { lab.context.directory.register(peer, as: "echo") }
            let client = lab.context.client(EchoAPI.self)
            for index in 0..<9 {
                if index == 6 { peers[1].isAnswering = false }
                _ = try await client.call(EchoAPI.echo, body: NoteCount(count: 1), cause: Cause(correlationID: "c"))
            }
            return peers.map(\.requests.count)
        }
        #expect(counts == [4, 2, 3] || counts == [3, 2, 4])
    }

    @Test func `a call reaches a real host through its router`() throws {
        let note = try NotesLab.with { lab in
            let context = ServiceContext(
                declaration: ServiceDeclaration(
                    api: EchoAPI.self, consumes: [NotesAPI.self], migrations: NotesService.declaration.migrations),
                world: lab.world.instance("echo"), store: lab.context.store, logger: lab.context.logger, secrets: lab.context.secrets,
                directory: lab.context.directory)
            let client = context.client(NotesAPI.self)
            let cause = Cause(correlationID: "c")
            let written = try await client.call(NotesAPI.write, body: WriteNote(text: "from afar"), cause: cause)
            return try await client.call(NotesAPI.get, path: ["id": String(written.id)], cause: cause)
        }
        #expect(note.text == "from afar")
    }

    @Test func `one seed gives one history of calls`() throws {
        func digest(_ seed: UInt64) throws -> String {
            let run = SimulatedRun(seed: seed)
            try run.execute { main in
                let directory = ServiceDirectory()
                let folder = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
                let lab = try NotesLab.make(main: main, folder: folder, options: HostOptions())
                try await lab.host.start()
                _ = directory
                let context = ServiceContext(
                    declaration: ServiceDeclaration(
                        api: EchoAPI.self, consumes: [NotesAPI.self], migrations: NotesService.declaration.migrations),
                    world: main.instance("echo"), store: lab.context.store, logger: lab.context.logger, secrets: lab.context.secrets,
                    directory: lab.context.directory)
                let client = context.client(NotesAPI.self)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<10 {
                        group.addTask {
                            _ = try await client.call(
                                NotesAPI.write, body: WriteNote(text: "note \(index)"), cause: Cause(correlationID: "c\(index)"))
                        }
                    }
                    try await group.waitForAll()
                }
                await lab.host.stop()
            }
            return run.history.digest
        }
        #expect(try digest(11) == digest(11))
        #expect(try digest(11) != digest(12))
    }
}
