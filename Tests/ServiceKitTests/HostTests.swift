import Contracts
import Foundation
import Messaging
import Runtime
import ServiceKit
import Storage
import Synchronization
import Testing

@Suite struct HostTests {
    @Test func `a start declares the topics, joins the groups and enters the directory`() throws {
        let (topics, groups, services) = try NotesLab.with { lab in
            try await lab.world.sleep(for: .milliseconds(10))
            return (lab.bus.topics, lab.bus.subscriptions.map { "\($0.group) \($0.member)" }, lab.context.directory.services)
        }
        #expect(topics.contains("note-events") && topics.contains("saga-replies"))
        // A peer's topic: commands to it may be published before it runs.
        #expect(topics.contains("echo-commands"))
        #expect(groups == ["notes-copies notes"])
        #expect(services == ["notes"])
    }

    @Test func `what a request publishes leaves through the relay with its cause`() throws {
        let published = try NotesLab.with { lab in
            _ = await lab.post("/notes", #"{"text":"a"}"#, headers: ["X-Request-ID": "r-9"])
            try await lab.world.sleep(for: .seconds(1))
            return lab.bus.published
        }
        #expect(published.map(\.type) == ["Note.Written.v1"])
        #expect(published.first?.correlationID == "r-9")
        #expect(published.first?.traceparent?.count == 55)
    }

    @Test func `a message reaches the handler of its group`() throws {
        let note = try NotesLab.with { lab in
            let payload = try PayloadCoding.encode(NoteView(id: 1, text: "x", created_at: .epoch))
            lab.bus.deliver(
                Message(
                    id: "m-1", source: "notes", type: "Note.Written.v1", subject: "1", time: .epoch, topic: "note-events",
                    partitionKey: "1",
                    payload: payload))
            try await lab.world.sleep(for: .seconds(1))
            return await lab.get("/notes/latest")
        }
        #expect(try note.json["text"] == "copy of x")
    }

    @Test func `an outbox that the log refuses shows in readiness and metrics until it is taken`() throws {
        let (stalled, stalledMetrics, ready, metrics) = try NotesLab.with { lab in
            lab.bus.refusal = BusError(.logFull, "the log is full")
            _ = await lab.post("/notes", #"{"text":"a"}"#)
            try await lab.world.sleep(for: .milliseconds(10))
            let (stalled, stalledMetrics) = (await lab.get("/health/ready"), await lab.get("/metrics").text)
            lab.bus.refusal = nil
            try await lab.world.sleep(for: .seconds(60))
            return (stalled, stalledMetrics, await lab.get("/health/ready"), await lab.get("/metrics").text)
        }
        #expect(stalled.status == 503)
        #expect(try stalled.json["status"] == "stalled")
        #expect(stalled.text.contains("the log is full"))
        #expect(stalledMetrics.contains("\noutbox_stalled 1\n") && stalledMetrics.contains("\noutbox_backlog 1\n"))
        #expect(ready.status == 200)
        #expect(try ready.json["outbox"] == nil)
        #expect(metrics.contains("\noutbox_stalled 0\n") && metrics.contains("\noutbox_backlog 0\n"))
        #expect(metrics.contains("\noutbox_relayed_total 1\n"))
    }

    @Test func `what a group has done and how far it is behind is in the metrics`() throws {
        let metrics = try NotesLab.with { lab in
            let payload = try PayloadCoding.encode(NoteView(id: 1, text: "x", created_at: .epoch))
            for _ in 0..<2 {
                lab.bus.deliver(
                    Message(
                        id: "m-1", source: "notes", type: "Note.Written.v1", subject: "1", time: .epoch, topic: "note-events",
                        partitionKey: "1", payload: payload))
            }
            try await lab.world.sleep(for: .seconds(1))
            return await lab.get("/metrics").text
        }
        #expect(metrics.contains(#"consumer_messages_total{group="notes-copies",outcome="processed"} 1"#))
        #expect(metrics.contains(#"consumer_messages_total{group="notes-copies",outcome="duplicate"} 1"#))
        #expect(metrics.contains(#"consumer_lag{group="notes-copies"} 7"#))
        #expect(metrics.contains(#"consumer_dead_letters{group="notes-copies"} 2"#))
        #expect(!metrics.contains("somebody-else"))
    }

    @Test func `a stop lets requests in progress finish`() throws {
        let (slow, state, took) = try NotesLab.with { lab in
            let began = lab.world.now
            async let slow = lab.get("/slow/2")
            try await lab.world.sleep(for: .seconds(1))
            await lab.host.stop()
            let took = lab.world.now - began
            return (await slow, lab.host.state, took)
        }
        #expect(slow.status == 200)
        #expect(state == .stopped)
        #expect(took >= .seconds(2) && took < .seconds(3))
    }

    @Test func `a stop does not wait for ever`() throws {
        let took = try NotesLab.with { lab in
            let began = lab.world.now
            let slow = lab.world.spawn("slow") { _ = await lab.get("/slow/1000") }
            try await lab.world.sleep(for: .seconds(1))
            await lab.host.stop()
            slow.cancel()
            return lab.world.now - began
        }
        #expect(took <= .seconds(7))
    }

    @Test func `a loop that ends by itself is reported and fails the instance`() throws {
        let (failure, state) = try NotesLab.with { lab in
            let box = FailureBox()
            lab.host.onFailure { box.store($0) }
            // The store closes under the loops: the relay returns although nobody stopped it.
            try await closeStore(lab)
            try await lab.world.sleep(for: .seconds(1))
            return (box.value, lab.host.state)
        }
        #expect(failure?.instance == "notes")
        #expect(state == .failed)
    }

    private func closeStore(_ lab: NotesLab) async throws {
        try await lab.context.world.spawn("close") { try lab.context.store.close() }.value
    }
}

final class FailureBox: Sendable {
    private let state = Mutex<LoopFailure?>(nil)
    func store(_ failure: LoopFailure) { state.withLock { $0 = failure } }
    var value: LoopFailure? { state.withLock { $0 } }
}
