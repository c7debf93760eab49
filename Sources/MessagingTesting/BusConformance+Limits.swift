import Foundation
import Messaging
import Runtime

extension BusConformance {
    static let limits: [Check] = [
        Check("payloads of any size up to a mebibyte come back whole") { context in
            try await context.declare()
            let sizes = [0, 1, 255, 1_500, 1_800, 1_850, 1_900, 1_950, 2_000, 3_900, 4_096, 65_536, Message.payloadBytesMax]
            try await context.bus.publish(sizes.enumerated().map { context.message($0.offset, key: "a", bytes: $0.element) })
            let member = try await context.subscribe("readers")
            let received = try await context.consume(sizes.count, from: member, max: 4)
            for (delivery, (number, size)) in zip(received, sizes.enumerated()) {
                let expected = Data(repeating: UInt8(truncatingIfNeeded: number), count: size)
                try require(
                    delivery.message.payload == expected,
                    "a payload of \(size) bytes came back as \(delivery.message.payload.count) or changed")
            }
        },
        Check("attributes of any size up to the bound come back whole, and none above it is taken") { context in
            try await context.declare()
            var message = context.message(1)
            message.subject = String(repeating: "s", count: Message.attributeBytesMax)
            message.partitionKey = String(repeating: "k", count: Message.attributeBytesMax)
            message.causationID = String(repeating: "c", count: Message.attributeBytesMax)
            try await context.bus.publish([message])
            let member = try await context.subscribe("readers")
            let received = try await context.consume(1, from: member)
            try require(received.first?.message.subject == message.subject, "a subject of the greatest size changed")
            message.subject += "s"
            let tooLong = message
            try await context.expectError(.payloadTooLarge, "publishing a subject above the bound") {
                try await context.bus.publish([tooLong])
            }
        },
        Check("a payload that is too large fails alone and is named") { context in
            try await context.declare()
            try await context.expectError(.payloadTooLarge, "publishing a byte too many") {
                try await context.bus.publish([context.message(1), context.message(2, bytes: Message.payloadBytesMax + 1)])
            }
            try await context.publish([3])
            let member = try await context.subscribe("readers")
            let received = try await context.consume(1, from: member)
            try require(received.numbers == [3], "part of a refused batch is in the log: \(received.numbers)")
        },
        Check("an unknown topic is refused by name") { context in
            try await context.declare()
            try await context.expectError(.unknownTopic, "publishing to a topic that was not declared") {
                try await context.bus.publish([context.message(1), context.message(2, topic: Topic("never-declared"))])
            }
            try await context.expectError(.unknownTopic, "subscribing to a topic that was not declared") {
                _ = try await context.subscribe("readers", topic: Topic("never-declared"))
            }
        },
        Check("a topic is declared twice with the same number of partitions only") { context in
            try await context.declare()
            try await context.declare()
            try await context.expectError(.topicMismatch, "declaring another number of partitions") {
                try await context.bus.declare([Topic(ConformanceContext.topic.name, partitions: 5)])
            }
        },
        Check("an empty batch is nothing") { context in
            try await context.declare()
            try require(try await context.bus.publish([]).isEmpty, "an empty batch got positions")
        },
    ]
}
