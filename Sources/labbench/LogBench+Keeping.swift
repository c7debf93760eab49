import Foundation
import LMDBBus
import Messaging
import Runtime

/// What the log keeps: retention, groups that lag, reading again from the start.
extension LogBench {
    /// Small enough that old segments are dropped all the time.
    static let rolling = LogOptions(
        bytesBudget: 24 << 20, segmentMessages: 4096, retention: LogOptions.Retention(age: nil, keepsUnconsumed: false))

    /// Bytes of the log's file after `messages` messages under rolling retention.
    /// - Parameter hasStuckConsumer: one that took messages at the beginning and never answers.
    static func fileBytes(after messages: Int, hasStuckConsumer: Bool) async throws -> Double {
        let folder = try ScratchFolder("stuck")
        defer { folder.remove() }
        try await withBus(in: folder.url, rolling) { bus, world in
            let topic = Topic("bench", partitions: 1)
            try await bus.declare([topic])
            let stuck = hasStuckConsumer ? try await bus.subscribe(Subscription(group: "stuck", topics: [topic], member: "one")) : nil
            try await world.spawn("publisher") {
                for index in 0..<messages / 1024 {
                    try await bus.publish((0..<1024).map { message($0, topic: topic, payload: payload) })
                    if index == 0 { _ = try await stuck?.next(max: 64) }
                }
            }.value
            await stuck?.close()
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.url.appendingPathComponent("log.mdb").path)
        return (attributes[.size] as? NSNumber)?.doubleValue ?? 0
    }

    /// A log of `messages` messages read from the start: by a new group in batches of 1024 that it acknowledges, and in place.
    static func replay(messages: Int) async throws -> (delivered: Sample, inPlace: Sample) {
        try await withBus("replay", LogOptions(persistence: .volatile)) { bus, world in
            let topic = Topic("bench", partitions: 1)
            try await bus.declare([topic])
            let batch = (0..<1024).map { message($0, topic: topic, payload: payload) }
            for _ in 0..<messages / 1024 { try await bus.publish(batch) }
            let delivered = try await world.spawn("reader") {
                let member = try await bus.subscribe(Subscription(group: "replay", topics: [topic], member: "one"))
                let start = seconds()
                var count = 0
                while count < messages / 1024 * 1024 {
                    let deliveries = try await member.next(max: 1024)
                    count += deliveries.count
                    try await member.acknowledge(deliveries.map(\.receipt))
                }
                let elapsed = seconds() - start
                await member.close()
                return Sample(count: count, seconds: elapsed)
            }.value
            return (delivered, try scan(bus, topic))
        }
    }

    private static func scan(_ bus: LMDBMessageBus, _ topic: Topic) throws -> Sample {
        let start = seconds()
        var count = 0
        var bytes = 0
        try bus.scan(topic: topic.name, partition: 0) { _, payload in
            count += 1
            bytes += payload.byteCount
            return true
        }
        precondition(bytes == count * payload.count, "every message was read")
        return Sample(count: count, seconds: seconds() - start)
    }
}
