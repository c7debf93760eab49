import Foundation
import GRDB
import LMDBBus
import Messaging
import Reliability
import Runtime
import Storage
import Synchronization

/// From the commit that wrote an outbox row to the consumer's committed and acknowledged batch.
enum OutboxBench {
    struct Sent: Codable, Sendable { var at: Double }
    static let topic = Topic("bench-events")
    static let sent = MessageType<Sent>("Bench.Sent.v1", on: topic, "A measured row.")
    static let consumerMigrations = Migrations([
        .init(name: "0001_seen", sql: "CREATE TABLE seen(id INTEGER PRIMARY KEY, microseconds REAL NOT NULL) STRICT;")
    ])

    /// Orders arrive at a steady pace; latency from before the producer's transaction to after the consumer's.
    static func rowToAcknowledged(perSecond: Int, for duration: Double) async throws -> Sample {
        let folder = try ScratchFolder("outbox")
        defer { folder.remove() }
        let producer = World.live(instance: "producer")
        let consumer = producer.instance("consumer")
        defer {
            producer.shutDown()
            consumer.shutDown()
        }
        let bus = try LMDBMessageBus.open(world: producer, directory: folder.url.appendingPathComponent("bus"), options: LogOptions())
        try await bus.declare([topic])
        let from = try ServiceStore.open(
            world: producer, service: "producer", file: folder.url.appendingPathComponent("producer.sqlite"),
            migrations: StoreBench.migrations)
        let to = try ServiceStore.open(
            world: consumer, service: "consumer", file: folder.url.appendingPathComponent("consumer.sqlite"), migrations: consumerMigrations
        )
        let latencies = LatencyBox()
        var handlers = MessageHandlers()
        handlers.on(sent) { payload, _, tx in
            try tx.db.cachedStatement(sql: "INSERT INTO seen(microseconds) VALUES (?)").execute(arguments: [payload.at])
            tx.afterCommit { latencies.committed(sentAt: payload.at) }
        }
        let relay = producer.spawn("relay") { try await OutboxRelay(world: producer, store: from, bus: bus).run() }
        let loop = consumer.spawn("consumer") { [handlers] in
            let subscription = Subscription(group: "bench", topics: [topic], member: "one")
            try await ConsumerLoop(
                world: consumer, bus: bus, store: to, subscription: subscription, handlers: handlers, observer: latencies
            ).run()
        }
        let start = seconds()
        let count = Int(Double(perSecond) * duration)
        for index in 0..<count {
            let due = start + Double(index) / Double(perSecond)
            let wait = due - seconds()
            if wait > 0 { try await producer.sleep(for: .microseconds(Int64(wait * 1e6))) }
            try await from.write(cause: Cause(correlationID: "bench")) { tx in
                try tx.publish(sent, Sent(at: seconds()), subject: "\(index)")
            }
        }
        while latencies.count < count { try await producer.sleep(for: .milliseconds(1)) }
        let elapsed = seconds() - start
        relay.cancel()
        loop.cancel()
        _ = await relay.result
        _ = await loop.result
        try await producer.spawn("close") { try from.close() }.value
        try await consumer.spawn("close") { try to.close() }.value
        bus.close()
        return Sample(count: count, seconds: elapsed, latencies: latencies.values)
    }

    /// Latencies of messages whose batch has been acknowledged.
    private final class LatencyBox: ConsumerObserver {
        private let box = Mutex((committed: [Double](), latencies: [Double]()))
        var count: Int { box.withLock { $0.latencies.count } }
        var values: [Double] { box.withLock { $0.latencies } }
        func committed(sentAt: Double) { box.withLock { $0.committed.append(sentAt) } }
        func consumed(_ batch: ConsumedBatch) {
            let now = seconds()
            box.withLock { box in
                box.latencies += box.committed.map { (now - $0) * 1e6 }
                box.committed = []
            }
        }
    }
}
