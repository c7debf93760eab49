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

    /// A new group reads `messages` messages from the start, in batches of 1024, and acknowledges them.
    static func replay(messages: Int) async throws -> Sample {
        try await withBus("replay", LogOptions(persistence: .volatile)) { bus, world in
            let topic = Topic("bench", partitions: 1)
            try await bus.declare([topic])
            let batch = (0..<1024).map { message($0, topic: topic, payload: payload) }
            for _ in 0..<messages / 1024 { try await bus.publish(batch) }
            return try await world.spawn("reader") {
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
        }
    }
}
