import Foundation
import LMDBBus
import Messaging
import Runtime

/// Sample values of these tests.
enum Samples {
    static let topic = Topic("sample-events", partitions: 2)
    static let single = Topic("single-events", partitions: 1)

    static func message(_ number: Int, key: String? = nil, topic: Topic = topic, bytes: Int = 100) -> Message {
        Message(
            id: "sample-\(number)", source: "samples", type: "Sample.Taken.v1", subject: "\(number)",
            time: Timestamp(seconds: 1_700_000_000),
            topic: topic.name, partitionKey: key ?? "key-\(number)",
            payload: Data(repeating: UInt8(truncatingIfNeeded: number), count: bytes))
    }

    static func messages(_ range: Range<Int>, key: String? = nil, topic: Topic = topic, bytes: Int = 100) -> [Message] {
        range.map { message($0, key: key, topic: topic, bytes: bytes) }
    }
}

extension LMDBMessageBus {
    /// Reads and acknowledges `count` messages of a topic.
    func consume(_ count: Int, group: String, topic: Topic = Samples.topic) async throws -> [Delivery] {
        let member = try await subscribe(Subscription(group: group, topics: [topic], member: "test"))
        var received = [Delivery]()
        while received.count < count {
            let batch = try await member.next(max: 64)
            if batch.isEmpty { break }
            try await member.acknowledge(batch.map(\.receipt))
            received += batch
        }
        await member.close()
        return received
    }
}
