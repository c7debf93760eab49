import Messaging
import Reliability
import Runtime
import Storage
import Testing

@Suite struct OutboxRelayTests {
    @Test func `what is committed is in the log, in commit order, and leaves the outbox`() throws {
        try withLab { lab in
            let orders = try lab.instance("orders")
            let observer = Observer()
            let relay = OutboxRelay(world: orders.world, store: orders.store, bus: lab.log, observer: observer, logger: quiet)
            lab.start(orders) { try await relay.run() }
            for note in ["1:a", "1:b", "2:c"] { try await orders.take(note) }
            try await lab.wait("the outbox is empty") { orders.store.isOutboxEmpty }
            #expect(try await lab.logged() == ["1:a", "1:b", "2:c"])
            #expect(observer.relayed.values.reduce(0, +) == 3)
        }
    }

    @Test func `rows committed before a restart are published once`() throws {
        try withLab { lab in
            let before = try lab.instance("orders")
            for note in ["1:a", "1:b"] { try await before.take(note) }
            try await before.close()
            for _ in 1...2 {
                let after = try lab.instance("orders")
                let relay = OutboxRelay(world: after.world, store: after.store, bus: lab.log, logger: quiet)
                let loop = lab.start(after) { try await relay.run() }
                try await lab.wait("the outbox is empty") { after.store.isOutboxEmpty }
                loop.cancel()
                try await loop.value
                try await after.close()
            }
            #expect(try await lab.logged() == ["1:a", "1:b"])
        }
    }

    @Test func `a relay that dies between publishing and marking appends nothing twice`() throws {
        try withLab { lab in
            let before = try lab.instance("orders")
            for note in ["1:a", "1:b"] { try await before.take(note) }
            let dying = OutboxRelay(
                world: before.world, store: before.store, bus: FaultyBus(lab.log, crashingAfterPublish: 0), logger: quiet)
            let loop = lab.start(before) { try await dying.run() }
            await #expect(throws: InstanceCrash.self) { try await loop.value }
            #expect(!before.store.isOutboxEmpty)
            try await before.close()

            let after = try lab.instance("orders")
            try await after.take("1:c")
            let relay = OutboxRelay(world: after.world, store: after.store, bus: lab.log, logger: quiet)
            lab.start(after) { try await relay.run() }
            try await lab.wait("the outbox is empty") { after.store.isOutboxEmpty }
            #expect(try await lab.logged() == ["1:a", "1:b", "1:c"])
        }
    }

    @Test func `a full log delays messages, loses none and keeps their order`() throws {
        try withLab { lab in
            let orders = try lab.instance("orders")
            let full = BusError(.logFull, "the log is full")
            let observer = Observer()
            let relay = OutboxRelay(
                world: orders.world, store: orders.store, bus: FaultyBus(lab.log, refusing: Array(repeating: full, count: 6)),
                observer: observer, logger: quiet)
            lab.start(orders) { try await relay.run() }
            let began = lab.world.now
            for note in ["1:a", "1:b", "1:c"] { try await orders.take(note) }
            try await lab.world.sleep(for: .milliseconds(200))
            #expect(relay.stalledBecause == "the log is full")
            try await lab.wait("the outbox is empty") { orders.store.isOutboxEmpty }
            #expect(lab.world.now - began > .seconds(1), "the relay backs off")
            #expect(relay.stalledBecause == nil)
            #expect(observer.changes.values == ["stalled: the log is full", "resumed"], "reported once, not once an attempt")
            #expect(try await lab.logged() == ["1:a", "1:b", "1:c"])
        }
    }

    @Test func `a backlog of large messages goes out in parts, each small enough for the log`() throws {
        try withLab { lab in
            let orders = try lab.instance("orders")
            let notes = ["1:a", "1:b", "1:c", "1:" + String(repeating: "d", count: 50), "1:e", "1:f"]
            for note in notes { try await orders.take(note) }
            let observer = Observer()
            // A note of three characters has five bytes as JSON.
            let relay = OutboxRelay(
                world: orders.world, store: orders.store, bus: lab.log, payloadBytesMax: 10, observer: observer, logger: quiet)
            lab.start(orders) { try await relay.run() }
            try await lab.wait("the outbox is empty") { orders.store.isOutboxEmpty }
            #expect(observer.relayed.values == [2, 1, 1, 2])
            #expect(try await lab.logged() == notes)
        }
    }

    private final class Observer: RelayObserver {
        let relayed = Collector<Int>()
        let changes = Collector<String>()
        func relayed(messages: Int) { relayed.add(messages) }
        func stalled(_ reason: String) { changes.add("stalled: \(reason)") }
        func resumed() { changes.add("resumed") }
    }
}
