import Foundation
import GRDB
import LMDBBus
import Messaging
import Reliability
import Runtime
import Storage
import Synchronization

/// From before an order's transaction until its event is durable in the log.
enum RelayBench {
    /// Orders at a steady pace from one writer.
    static func steady(perSecond: Int, for duration: Double) async throws -> Sample {
        try await relayed { store, world, latencies in
            let start = seconds()
            let count = Int(Double(perSecond) * duration)
            for index in 0..<count {
                let wait = start + Double(index) / Double(perSecond) - seconds()
                if wait > 0 { try await world.sleep(for: .microseconds(Int64(wait * 1e6))) }
                try await place(in: store, latencies)
            }
            return count
        }
    }

    /// 64 writers that never pause. When the relay cannot keep up, its backlog shows in the latencies: they grow with time.
    static func flatOut(for duration: Double) async throws -> Sample {
        try await relayed { store, world, latencies in
            let start = seconds()
            return try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<64 {
                    group.addTask(executorPreference: world.lane) {
                        var count = 0
                        while seconds() - start < duration {
                            try await place(in: store, latencies)
                            count += 1
                        }
                        return count
                    }
                }
                var all = 0
                for try await count in group { all += count }
                return all
            }
        }
    }

    private static func place(in store: ServiceStore, _ latencies: RelayLatencies) async throws {
        let began = seconds()
        try await store.write(cause: Cause(correlationID: "bench")) { tx in
            try tx.db.run("INSERT INTO orders(user_id, total_minor) VALUES (?, ?)", "u1", 9990)
            let id = tx.db.lastInsertedRowID
            try tx.publish(StoreBench.placed, StoreBench.Placed(order_id: id, total_minor: 9990), subject: "\(id)")
            tx.afterCommit { latencies.committed(began) }
        }
    }

    private static func relayed(
        _ load: @escaping @Sendable (ServiceStore, World, RelayLatencies) async throws -> Int
    ) async throws -> Sample {
        let folder = try ScratchFolder("relay")
        defer { folder.remove() }
        let world = World.live(instance: "producer")
        defer { world.shutDown() }
        let bus = try LMDBMessageBus.open(world: world, directory: folder.url.appendingPathComponent("bus"), options: LogOptions())
        try await bus.declare([StoreBench.placed.topic])
        let store = try ServiceStore.open(
            world: world, service: "producer", file: folder.url.appendingPathComponent("producer.sqlite"), migrations: StoreBench.migrations
        )
        let latencies = RelayLatencies()
        let relay = world.spawn("relay") { try await OutboxRelay(world: world, store: store, bus: bus, observer: latencies).run() }
        let start = seconds()
        let count = try await world.spawn("writer") { try await load(store, world, latencies) }.value
        while latencies.count < count { try await world.sleep(for: .milliseconds(1)) }
        let elapsed = seconds() - start
        relay.cancel()
        _ = await relay.result
        try await world.spawn("close") { try store.close() }.value
        bus.close()
        return Sample(count: count, seconds: elapsed, latencies: latencies.values)
    }
}

/// Events leave the outbox in the order of their commits, so the n-th relayed belongs to the n-th committed.
private final class RelayLatencies: RelayObserver {
    private let state = Mutex((began: [Double](), latencies: [Double]()))
    var count: Int { state.withLock { $0.latencies.count } }
    var values: [Double] { state.withLock { $0.latencies } }

    func committed(_ began: Double) { state.withLock { $0.began.append(began) } }

    func relayed(messages: Int) {
        let now = seconds()
        state.withLock { state in
            for index in state.latencies.count..<state.latencies.count + messages {
                state.latencies.append((now - state.began[index]) * 1e6)
            }
        }
    }
}
