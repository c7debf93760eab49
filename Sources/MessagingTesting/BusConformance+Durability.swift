import Messaging
import Runtime

extension BusConformance {
    static let durability: [Check] = [
        Check("messages, progress and generations survive a crash", needs: [.durable, .inspection]) { context in
            try await context.declare()
            try await context.publish(1...8, key: "a")
            let member = try await context.subscribe("readers")
            let seen = try await context.receive(8, from: member)
            for index in [0, 1, 4, 6] { try await member.acknowledge([seen[index].receipt]) }
            try await context.inspector.flush()
            let generation = try await context.inspector.groups()[0].generation
            try await context.reopen()
            try require(try await context.inspector.groups()[0].lag == 4, "the lag after the crash")
            let again = try await context.subscribe("readers", "two")
            let received = try await context.consume(4, from: again)
            try require(received.numbers == [3, 4, 6, 8], "after the crash: \(received.numbers)")
            try require(received.allSatisfy { $0.receipt.generation > generation }, "the generation went back")
            try await context.publish([9], key: "a")
            try require(try await context.consume(1, from: again).numbers == [9], "a message published after the crash")
        },
        Check("retries survive a crash with their attempts", needs: [.durable, .inspection]) { context in
            try await context.declare()
            try await context.publish(1...3, key: "a")
            let member = try await context.subscribe("readers")
            let seen = try await context.receive(3, from: member)
            try await member.negativeAcknowledge([Refusal(seen[0].receipt, .retry(after: .milliseconds(30)), reason: "down")])
            try await context.reopen()
            try require(try await context.inspector.groups()[0].lag == 3, "the lag after the crash")
            let again = try await context.subscribe("readers", "two")
            let received = try await context.consume(3, from: again)
            try require(received.numbers == [1, 2, 3], "after the crash: \(received.numbers)")
            try require(received[0].attempt == 2, "attempt \(received[0].attempt) after the crash")
        },
        Check("dead letters survive a crash", needs: [.durable, .deadLetters, .inspection]) { context in
            try await context.declare()
            try await context.publish(1...2, key: "a")
            let member = try await context.subscribe("readers")
            let seen = try await context.receive(2, from: member)
            try await member.negativeAcknowledge([Refusal(seen[0].receipt, .deadLetter, reason: "bad")])
            try await context.reopen()
            let letters = try await context.inspector.deadLetters(group: "readers")
            try require(letters.map(\.message) == [seen[0].message], "dead letters after the crash: \(letters.map(\.message.subject))")
            let again = try await context.subscribe("readers", "two")
            let received = try await context.consume(1, from: again)
            try require(received.numbers == [2], "after the crash: \(received.numbers)")
            try require(try await context.inspector.retryDeadLetters(group: "readers", ids: nil) == 1, "retry after the crash")
            try await context.reopen()
            let third = try await context.subscribe("readers", "three")
            let back = try await context.receive(1, from: third, max: 1)
            try require(back.numbers == [1], "a retried dead letter after another crash: \(back.numbers)")
        },
    ]
}
