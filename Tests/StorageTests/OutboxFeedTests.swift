import GRDB
import Messaging
import Runtime
import Storage
import Testing

@Suite struct OutboxFeedTests {
    let fixture: StoreFixture
    init() throws { fixture = try StoreFixture() }

    @Test func `rows come in commit order with the service and row number as identifier`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            for text in ["a", "b", "c"] { _ = try await store.note(text) }
            let rows = try await store.nextOutboxBatch(max: 10)
            #expect(rows.map(\.id) == [1, 2, 3])
            #expect(rows.map(\.message.id) == ["orders-1", "orders-2", "orders-3"])
            #expect(rows.allSatisfy { $0.message.correlationID == "request-1" && $0.message.topic == "note-events" })
        }
    }

    @Test func `rows that were not relayed before a restart come again`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            for text in ["a", "b"] { _ = try await store.note(text) }
            _ = try await store.nextOutboxBatch(max: 10)
            try store.close()
            let reopened = try fixture.open(world)
            #expect(try await reopened.nextOutboxBatch(max: 10).map(\.id) == [1, 2])
        }
    }

    @Test func `relayed rows are deleted by a later transaction and their numbers are not used again`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            _ = try await store.note("a")
            let rows = try await store.nextOutboxBatch(max: 10)
            #expect(!store.isOutboxEmpty)
            store.outboxRelayed(through: rows.last!.id)
            #expect(store.isOutboxEmpty)
            try await world.sleep(for: .seconds(2))
            #expect(try store.count("outbox") == 0)
            try store.close()
            let reopened = try fixture.open(world)
            _ = try await reopened.note("b")
            #expect(try await reopened.nextOutboxBatch(max: 10).map(\.id) == [2])
        }
    }

    @Test func `a relay that falls behind the memory bound still gets every row in order`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world, options: StoreOptions(persistence: .volatile, outboxRowsInMemoryMax: 4))
            _ = try await store.note("first")
            var seen = try await store.nextOutboxBatch(max: 2).map(\.id)
            for index in 0..<20 { _ = try await store.note("note \(index)") }
            while seen.count < 21 { seen += try await store.nextOutboxBatch(max: 3).map(\.id) }
            #expect(seen == Array(1...21))
            _ = try await store.note("again in memory")
            #expect(try await store.nextOutboxBatch(max: 3).map(\.id) == [22])
        }
    }

    @Test func `a file that is behind the log goes on above the numbers that the log has`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            // Nothing was ever written.
            #expect(try store.continueNumbering(after: 7) == 7)
            _ = try await store.note("a")
            #expect(try await store.nextOutboxBatch(max: 10).map(\.id) == [8])
            try store.close()
            let reopened = try fixture.open(world)
            #expect(try reopened.continueNumbering(after: 7) == 0, "what is not behind stays as it is")
            #expect(try reopened.continueNumbering(after: 20) == 12)
            _ = try await reopened.note("b")
            #expect(try await reopened.nextOutboxBatch(max: 10).map(\.id) == [8, 21], "what the log may not have yet comes first")
        }
    }

    @Test func `a waiting relay is answered empty when its task is cancelled`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let relay = world.spawn("relay") { try await store.nextOutboxBatch(max: 10).count }
            try await world.sleep(for: .seconds(1))
            relay.cancel()
            #expect(try await relay.value == 0)
        }
    }
}
