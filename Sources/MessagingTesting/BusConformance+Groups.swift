import Messaging
import Runtime

extension BusConformance {
    static let groups: [Check] = [
        Check("every group gets everything") { context in
            try await context.declare()
            let early = try await context.subscribe("early")
            try await context.publish(1...20)
            let late = try await context.subscribe("late")
            try require(try await context.consume(20, from: early).numbers.sorted() == Array(1...20), "the early group missed something")
            try require(try await context.consume(20, from: late).numbers.sorted() == Array(1...20), "the late group missed something")
        },
        Check("a group that starts at the newest message sees only later ones") { context in
            try await context.declare()
            try await context.publish(1...5)
            let member = try await context.subscribe("newcomers", start: .latest)
            try await context.publish(6...8)
            let received = try await context.consume(3, from: member)
            try require(received.numbers.sorted() == [6, 7, 8], "delivered: \(received.numbers)")
        },
        Check("members of a group share the partitions") { context in
            try await context.declare()
            let one = try await context.subscribe("readers", "one")
            let two = try await context.subscribe("readers", "two")
            try await context.publish(0..<64)
            let world = context.world
            let first = world.spawn("one") { try await Self.drain(one) }
            let second = world.spawn("two") { try await Self.drain(two) }
            var left: UInt64 = 64
            for _ in 0..<2_000 where left > 0 {
                try await world.sleep(for: .milliseconds(2))
                left = try await context.inspector.groups().first { $0.name == "readers" }?.lag ?? 64
            }
            await one.close()
            await two.close()
            let (a, b) = (try await first.value, try await second.value)
            try require(left == 0, "four seconds later the lag is still \(left)")
            try require((a + b).numbers.sorted() == Array(0..<64), "together they got \((a + b).numbers.sorted())")
            let shared = Set(a.map(\.position.partition)).intersection(b.map(\.position.partition))
            try require(shared.isEmpty, "partitions \(shared.sorted()) went to both members")
            try require(!a.isEmpty && !b.isEmpty, "one member got everything")
        },
        Check("answers of a member that has lost its partition are refused", needs: .generations) { context in
            let topic = Topic("two-partitions", partitions: 2)
            try await context.declare(topic)
            try await context.publish(0..<16, topic: topic)
            let one = try await context.subscribe("readers", "one", topic: topic)
            let seen = try await context.receive(16, from: one)
            let two = try await context.subscribe("readers", "two", topic: topic)
            let moved = try await context.receive(1, from: two, max: 1)
            let partition = moved[0].position.partition
            let lost = seen.filter { $0.position.partition == partition }
            let kept = seen.filter { $0.position.partition != partition }
            try await context.expectError(.staleGeneration, "acknowledging a partition that has moved") {
                try await one.acknowledge(lost.map(\.receipt))
            }
            try await context.expectError(.staleGeneration, "refusing a partition that has moved") {
                try await one.negativeAcknowledge([Refusal(lost[0].receipt, .deadLetter, reason: "too late")])
            }
            try await one.acknowledge(kept.map(\.receipt))
            try await two.acknowledge(moved.map(\.receipt))
            let rest = try await context.consume(lost.count - 1, from: two)
            try require(
                (moved + rest).numbers == lost.numbers, "the new owner got \((moved + rest).numbers) instead of \(lost.numbers)")
        },
        Check("each change of the group raises its generation", needs: [.generations, .inspection]) { context in
            try await context.declare()
            func generation() async throws -> UInt64 {
                try await context.inspector.groups().first { $0.name == "readers" }?.generation ?? 0
            }
            let one = try await context.subscribe("readers", "one")
            let first = try await generation()
            let two = try await context.subscribe("readers", "two")
            let second = try await generation()
            await two.close()
            let third = try await generation()
            try require(first > 0 && second > first && third > second, "generations: \(first), \(second), \(third)")
            await one.close()
        },
        Check("a member that joins again under its name takes the place of the one that never left") { context in
            try await context.declare()
            try await context.publish(0..<16)
            let lost = try await context.subscribe("readers", "one")
            _ = try await context.receive(16, from: lost)
            // A member that crashes does not close; its next life has the same name.
            let again = try await context.subscribe("readers", "one")
            try require(
                try await context.consume(16, from: again).numbers.sorted() == Array(0..<16), "its unanswered messages did not come again")
            try require(try await lost.next(max: 1).isEmpty, "the earlier life still gets messages")
            await lost.close()
            try await context.publish([16])
            try require(
                try await context.consume(1, from: again).numbers == [16], "closing the earlier life cost the new one its partitions")
        },
        Check("a call that waits ends when its member's name is taken") { context in
            try await context.declare()
            let lost = try await context.subscribe("readers", "one")
            let waiting = context.world.spawn("wait") { try await lost.next(max: 1) }
            let again = try await context.subscribe("readers", "one")
            try require(try await waiting.value.isEmpty, "it got messages")
            try await context.publish([1])
            try require(try await context.consume(1, from: again).numbers == [1], "the new member did not get the message")
        },
    ]

    private static func drain(_ member: any BusSubscription) async throws -> [Delivery] {
        var received = [Delivery]()
        while true {
            let batch = try await member.next(max: 8)
            if batch.isEmpty { return received }
            try await member.acknowledge(batch.map(\.receipt))
            received += batch
        }
    }
}
