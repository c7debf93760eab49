import Foundation
import Messaging
import Runtime

extension BusConformance {
    static let delivery: [Check] = [
        Check("what is published is delivered as it was") { context in
            try await context.declare()
            let sent = (0..<40).map { context.message($0) }
            let positions = try await context.bus.publish(sent)
            try require(positions.allSatisfy { $0 != nil }, "a message without a duplicate got no position")
            let member = try await context.subscribe("readers")
            let received = try await context.receive(40, from: member)
            for (message, position) in zip(sent, positions) {
                guard let delivery = received.first(where: { $0.message.id == message.id }) else {
                    throw ConformanceFailure("\(message.id) was not delivered")
                }
                try require(delivery.message == message, "\(message.id) came back changed: \(delivery.message)")
                try require(
                    delivery.position == position, "\(message.id) was published at \(position!) and delivered from \(delivery.position)")
                try require(delivery.attempt == 1, "the first delivery of \(message.id) has attempt \(delivery.attempt)")
            }
        },
        Check("messages of one key arrive in the order of their publication") { context in
            try await context.declare()
            for batch in 0..<10 {
                try await context.bus.publish((0..<20).map { context.message(batch * 20 + $0, key: "key-\($0 % 5)") })
            }
            let member = try await context.subscribe("readers")
            let received = try await context.consume(200, from: member, max: 7)
            for key in 0..<5 {
                let numbers = received.filter { $0.message.partitionKey == "key-\(key)" }.numbers
                try require(numbers == numbers.sorted(), "key-\(key) arrived out of order: \(numbers)")
            }
            let partitions = Dictionary(grouping: received, by: \.message.partitionKey).mapValues { Set($0.map(\.position.partition)) }
            try require(partitions.values.allSatisfy { $0.count == 1 }, "a key lies in more than one partition")
        },
        Check("a waiting member is woken by a publish") { context in
            try await context.declare()
            let member = try await context.subscribe("readers")
            let waiting = context.world.spawn("waiting member") { try await member.next(max: 10) }
            try await context.publish(1...1)
            let received = try await waiting.value
            try require(received.numbers == [1], "the waiting member got \(received.numbers)")
        },
        Check("many publishers at once lose nothing and keep their own order") { context in
            try await context.declare()
            let world = context.world
            let tasks = (0..<16).map { publisher in
                world.spawn("publisher \(publisher)") {
                    for round in 0..<20 {
                        try await context.publish([publisher * 100 + round], key: "publisher-\(publisher)")
                    }
                }
            }
            for task in tasks { try await task.value }
            let member = try await context.subscribe("readers")
            let received = try await context.consume(320, from: member, max: 50)
            for publisher in 0..<16 {
                let numbers = received.filter { $0.message.partitionKey == "publisher-\(publisher)" }.numbers
                try require(numbers == (0..<20).map { publisher * 100 + $0 }, "publisher \(publisher) reads back as \(numbers)")
            }
        },
        Check("what was not acknowledged is delivered again to the next member") { context in
            try await context.declare()
            try await context.publish(1...6, key: "same")
            let first = try await context.subscribe("readers")
            let seen = try await context.receive(6, from: first)
            try await first.acknowledge(seen.prefix(2).map(\.receipt))
            await first.close()
            let second = try await context.subscribe("readers", "two")
            let again = try await context.receive(4, from: second)
            try require(again.numbers == [3, 4, 5, 6], "delivered again: \(again.numbers)")
            try require(again.allSatisfy { $0.attempt == 1 }, "leaving the group counted as a failed attempt")
        },
        Check("acknowledgements may come in any order") { context in
            try await context.declare()
            try await context.publish(1...8, key: "same")
            let first = try await context.subscribe("readers")
            let seen = try await context.receive(8, from: first)
            for index in [7, 2, 5, 0, 3] { try await first.acknowledge([seen[index].receipt]) }
            await first.close()
            let second = try await context.subscribe("readers", "two")
            let again = try await context.receive(3, from: second)
            try require(again.numbers == [2, 5, 7], "delivered again: \(again.numbers)")
        },
        Check("a message in flight is not overtaken by its key") { context in
            try await context.declare()
            try await context.publish([1, 2, 3], key: "a")
            let member = try await context.subscribe("readers")
            let first = try await member.next(max: 1)
            try require(first.numbers == [1], "the first delivery is \(first.numbers)")
            // A message of another key comes through; those of the busy key do not.
            try await context.publish([9], key: "b")
            let other = try await context.receive(1, from: member)
            try require(other.numbers == [9], "while 1 was in flight, \(other.numbers) came")
            try await member.acknowledge(first.map(\.receipt))
            let rest = try await context.receive(2, from: member)
            try require(rest.numbers == [2, 3], "after 1 was acknowledged, \(rest.numbers) came")
        },
        Check("closing the subscription wakes the waiting call") { context in
            try await context.declare()
            let member = try await context.subscribe("readers")
            let waiting = context.world.spawn("waiting member") { try await member.next(max: 1) }
            try await context.world.sleep(for: .milliseconds(5))
            await member.close()
            let received = try await waiting.value
            try require(received.isEmpty, "next returned \(received.numbers) after close")
            try require(try await member.next(max: 1).isEmpty, "next after close is not empty")
        },
        Check("cancelling the task wakes the waiting call") { context in
            try await context.declare()
            let member = try await context.subscribe("readers")
            let waiting = context.world.spawn("waiting member") { try await member.next(max: 1) }
            try await context.world.sleep(for: .milliseconds(5))
            waiting.cancel()
            let received = try await waiting.value
            try require(received.isEmpty, "next returned \(received.numbers) after cancellation")
            try await context.publish([1])
            try require(try await context.receive(1, from: member).numbers == [1], "a cancelled call lost a message")
        },
    ]
}
