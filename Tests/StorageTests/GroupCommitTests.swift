import Foundation
import GRDB
import Messaging
import Runtime
import Storage
import Testing

@Suite struct GroupCommitTests {
    let fixture: StoreFixture
    init() throws { fixture = try StoreFixture() }

    @Test func `a write is visible after it returns and after the file is opened again`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            _ = try await store.note("one")
            #expect(try store.notes() == ["one"])
            try store.close()
            #expect(try fixture.open(world).notes() == ["one"])
        }
    }

    @Test func `writes that arrive together share one transaction`() throws {
        let fixture = fixture
        let run = SimulatedRun(seed: 3)
        try run.execute { world in
            let orders = world.instance("orders")
            try await orders.spawn("writers") {
                let store = try fixture.open(orders)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<50 { group.addTask { _ = try await store.note("note \(index)") } }
                    try await group.waitForAll()
                }
                #expect(try store.count("note") == 50)
            }.value
        }
        let commits = run.history.events.filter { $0.point == .storeCommit }
        #expect(commits.count < 25, "50 writes took \(commits.count) transactions")
    }

    @Test func `a write that throws takes nothing with it but itself`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let good = world.spawn("good") { try await store.note("good") }
            let bad = world.spawn("bad") {
                try await store.write(cause: cause) { tx in
                    try tx.db.execute(sql: "INSERT INTO note(text) VALUES ('lost')")
                    try tx.publish(noted, "lost", subject: "0")
                    throw CancellationError()
                }
            }
            let refused = world.spawn("refused") { try await store.note("") }
            _ = try await good.value
            await #expect(throws: CancellationError.self) { try await bad.value }
            await #expect(throws: DatabaseError.self) { _ = try await refused.value }
            #expect(try store.notes() == ["good"])
            #expect(try store.count("outbox") == 1)
            #expect(try await store.nextOutboxBatch(max: 10).map(\.message.payload) == [Data("\"good\"".utf8)])
        }
    }

    @Test func `a nested savepoint that throws keeps the rest of the write`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            try await store.write(cause: cause) { tx in
                try tx.db.execute(sql: "INSERT INTO note(text) VALUES ('outer')")
                do {
                    try tx.savepoint {
                        try tx.publish(noted, "inner", subject: "1")
                        throw CancellationError()
                    }
                } catch is CancellationError {}
                try tx.publish(noted, "outer", subject: "2")
            }
            #expect(try await store.nextOutboxBatch(max: 10).map(\.message.subject) == ["2"])
        }
    }

    @Test func `what no log would take is refused with its write, and the writes beside it are kept`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let large = String(repeating: "x", count: Message.payloadBytesMax)  // two bytes more as JSON
            async let small = store.note("small")
            async let tooLarge = store.note(large)
            async let other = store.note("other")
            _ = try await (small, other)
            do {
                _ = try await tooLarge
                Issue.record("a payload above the bound was accepted")
            } catch let error as BusError {
                #expect(error.code == .payloadTooLarge)
            }
            let error = await #expect(throws: BusError.self) {
                try await store.write(cause: cause) { tx in
                    try tx.publish(noted, "short", subject: String(repeating: "s", count: Message.attributeBytesMax + 1))
                }
            }
            #expect(error?.code == .payloadTooLarge)
            _ = try await store.note(String(large.dropLast(2)))
            #expect(try store.notes().map(\.utf8.count).sorted() == [5, 5, Message.payloadBytesMax - 2])
            #expect(try await store.nextOutboxBatch(max: 10).count == 3)
        }
    }

    @Test func `writes after close are refused with a clear error`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            try store.close()
            let error = await #expect(throws: StorageError.self) { _ = try await store.note("late") }
            #expect(error?.code == .closed)
        }
    }

    @Test func `a thousand writers in the live world all commit durably`() async throws {
        let world = World.live(instance: "orders")
        defer { world.shutDown() }
        let store = try fixture.open(world, options: .durable)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<1000 { group.addTask { _ = try await store.note("note \(index)") } }
            try await group.waitForAll()
        }
        let count = try await world.spawn("count") { try store.count("note") }.value
        #expect(count == 1000)
    }
}
