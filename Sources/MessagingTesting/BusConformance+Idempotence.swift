import Messaging
import Runtime

extension BusConformance {
    static let idempotence: [Check] = [
        Check("a producer's sequence number is appended once", needs: .producerSequences) { context in
            try await context.declare()
            let messages = (1...4).map { context.message($0, key: "a") }
            let first = try await context.bus.publish(Array(messages[0..<3]), .sequence(producer: "orders", numbers: [1, 2, 5]))
            let second = try await context.bus.publish(Array(messages[1..<4]), .sequence(producer: "orders", numbers: [2, 5, 6]))
            try require(first.allSatisfy { $0 != nil }, "a new message was left out")
            try require(second[0] == nil && second[1] == nil && second[2] != nil, "the second batch got \(second)")
            let other = try await context.bus.publish([context.message(9, key: "a")], .sequence(producer: "payments", numbers: [1]))
            try require(other[0] != nil, "another producer's numbers got in the way")
            let member = try await context.subscribe("readers")
            let received = try await context.consume(5, from: member)
            try require(received.numbers == [1, 2, 3, 4, 9], "in the log: \(received.numbers)")
        },
        Check("a producer's sequence survives a crash", needs: [.producerSequences, .durable]) { context in
            try await context.declare()
            try await context.bus.publish([context.message(1)], .sequence(producer: "orders", numbers: [7]))
            try await context.reopen()
            let again = try await context.bus.publish(
                [context.message(1), context.message(2)], .sequence(producer: "orders", numbers: [7, 8]))
            try require(again[0] == nil && again[1] != nil, "after the crash: \(again)")
        },
        Check("a message identifier is appended once", needs: .messageIDWindow) { context in
            try await context.declare()
            let first = try await context.bus.publish([context.message(1), context.message(2), context.message(1)], .messageID)
            try require(first[0] != nil && first[1] != nil && first[2] == nil, "within one batch: \(first)")
            let second = try await context.bus.publish([context.message(2), context.message(3)], .messageID)
            try require(second[0] == nil && second[1] != nil, "in a later batch: \(second)")
            var elsewhere = context.message(1)
            elsewhere.source = "another"
            let third = try await context.bus.publish([elsewhere], .messageID)
            try require(third[0] != nil, "the same identifier of another source was left out")
        },
        Check("message identifiers survive a crash", needs: [.messageIDWindow, .durable]) { context in
            try await context.declare()
            try await context.bus.publish([context.message(1)], .messageID)
            try await context.reopen()
            let again = try await context.bus.publish([context.message(1), context.message(2)], .messageID)
            try require(again[0] == nil && again[1] != nil, "after the crash: \(again)")
        },
    ]
}
