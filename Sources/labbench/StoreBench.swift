import Foundation
import GRDB
import Messaging
import Runtime
import Storage

/// Commits of a service's store: an order row and an outbox row each, durable.
enum StoreBench {
    static let migrations = Migrations([
        .init(
            name: "0001_orders",
            sql: "CREATE TABLE orders(id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, total_minor INTEGER NOT NULL) STRICT;")
    ])
    struct Placed: Codable, Sendable {
        var order_id: Int64
        var total_minor: Int64
    }
    static let placed = MessageType<Placed>("Bench.Placed.v1", on: Topic("bench-events"), "A measured order.")

    /// `writers` tasks on the store's lane, each committing one order at a time.
    static func commits(writers: Int, for duration: Double) async throws -> Sample {
        let folder = try ScratchFolder("store")
        defer { folder.remove() }
        let world = World.live(instance: "bench")
        defer { world.shutDown() }
        let store = try ServiceStore.open(
            world: world, service: "bench", file: folder.url.appendingPathComponent("bench.sqlite"), migrations: migrations)
        // A relay that takes everything: what is measured is the store.
        let relay = world.spawn("relay") {
            while let last = try await store.nextOutboxBatch(max: 4096).last { store.outboxRelayed(through: last.id) }
        }
        let start = seconds()
        let sample = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<writers {
                group.addTask(executorPreference: world.lane) {
                    var latencies = [Double]()
                    var now = seconds()
                    while now - start < duration {
                        try await store.write(cause: Cause(correlationID: "bench")) { tx in
                            try tx.db.run("INSERT INTO orders(user_id, total_minor) VALUES (?, ?)", "u1", 9990)
                            let id = tx.db.lastInsertedRowID
                            try tx.publish(placed, Placed(order_id: id, total_minor: 9990), subject: "\(id)")
                        }
                        let end = seconds()
                        latencies.append((end - now) * 1e6)
                        now = end
                    }
                    return latencies
                }
            }
            var all = [Double]()
            for try await latencies in group { all += latencies }
            return Sample(count: all.count, seconds: seconds() - start, latencies: all)
        }
        try await world.spawn("close") { try store.close() }.value
        _ = try await relay.value
        return sample
    }
}
