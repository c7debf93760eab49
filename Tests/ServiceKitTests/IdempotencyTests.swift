import Contracts
import Foundation
import ServiceKit
import Testing

@Suite struct IdempotencyTests {
    private let key: Headers = ["Idempotency-Key": "k-1"]
    private func count(_ lab: NotesLab) async throws -> JSONValue? { try await lab.get("/internal/notes/count").json["count"] }

    @Test func `the same key and body answer the stored reply, headers included`() throws {
        let (first, second, count, published) = try NotesLab.with { lab in
            let first = await lab.post("/notes", #"{"text":"a"}"#, headers: key)
            let second = await lab.post("/api/v1/notes/", #"{"text":"a"}"#, headers: key)
            return (first, second, try await self.count(lab), lab.bus.published.count)
        }
        #expect(first.status == 201 && second.status == 201)
        #expect(first.body == second.body)
        #expect(first.headers["Idempotency-Replayed"] == nil)
        #expect(second.headers["Idempotency-Replayed"] == "true")
        #expect(second.headers["Location"] == "/notes/1")
        #expect(second.headers["Content-Type"] == "application/json")
        #expect(count == 1)
        #expect(published <= 1)
    }

    @Test func `the same key with another body is refused`() throws {
        let (reply, count) = try NotesLab.with { lab in
            _ = await lab.post("/notes", #"{"text":"a"}"#, headers: key)
            return (await lab.post("/notes", #"{"text":"b"}"#, headers: key), try await self.count(lab))
        }
        #expect(reply.status == 422)
        #expect(reply.problem?.code == "idempotency_key_reused")
        #expect(count == 1)
    }

    @Test func `two requests at once with one key write once`() throws {
        for seed in UInt64(1)...20 {
            let (first, second, count) = try NotesLab.with(seed: seed) { lab in
                async let one = lab.post("/notes", #"{"text":"a"}"#, headers: key)
                async let two = lab.post("/notes", #"{"text":"a"}"#, headers: key)
                return (await one, await two, try await self.count(lab))
            }
            #expect(first.body == second.body, "seed \(seed)")
            #expect(count == 1, "seed \(seed)")
            let replayed = [first, second].filter { $0.headers["Idempotency-Replayed"] == "true" }.count
            #expect(replayed == 1, "seed \(seed)")
        }
    }

    @Test func `keys of different users and operations do not meet`() throws {
        let count = try NotesLab.with { lab in
            for user in ["u1", "u2"] {
                _ = await lab.post("/notes", #"{"text":"a"}"#, headers: ["Idempotency-Key": "k-1", "X-User-ID": user])
            }
            _ = await lab.post("/notes/twice", #"{"text":"a"}"#, headers: ["Idempotency-Key": "k-1", "X-User-ID": "u1"])
            return try await self.count(lab)
        }
        #expect(count == 4)
    }

    @Test func `a refused request stores nothing and may be sent again`() throws {
        let (first, second) = try NotesLab.with { lab in
            (
                await lab.post("/notes", #"{"text":"refused"}"#, headers: key),
                await lab.post("/notes", #"{"text":"allowed"}"#, headers: key)
            )
        }
        #expect(first.status == 409)
        #expect(second.status == 201)
    }

    @Test func `a handler that answers something else than it commits is repeated safely`() throws {
        let (first, second, count) = try NotesLab.with { lab in
            let first = await lab.post("/notes/twice", #"{"text":"a"}"#, headers: key)
            let second = await lab.post("/notes/twice", #"{"text":"a"}"#, headers: key)
            return (first, second, try await self.count(lab))
        }
        #expect(first.body == second.body)
        #expect(second.headers["Idempotency-Replayed"] == "true")
        #expect(count == 2)
    }

    @Test func `a key that is too long is refused`() throws {
        let reply = try NotesLab.with { lab in
            await lab.post("/notes", #"{"text":"a"}"#, headers: ["Idempotency-Key": String(repeating: "k", count: 256)])
        }
        #expect(reply.problem?.code == "idempotency_key_invalid")
    }
}
