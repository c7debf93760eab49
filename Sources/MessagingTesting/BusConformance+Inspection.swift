import Messaging
import Runtime

extension BusConformance {
    static let inspection: [Check] = [
        Check("lag is what a group has not acknowledged", needs: .inspection) { context in
            try await context.declare()
            let member = try await context.subscribe("readers")
            try await context.publish(1...10)
            func lag() async throws -> UInt64 { try await context.inspector.groups().first { $0.name == "readers" }?.lag ?? 99 }
            let before = try await lag()
            try require(before == 10, "before reading, the lag is \(before)")
            let seen = try await context.receive(10, from: member)
            let read = try await lag()
            try require(read == 10, "after reading, the lag is \(read)")
            try await member.acknowledge(seen.dropFirst(3).map(\.receipt))
            let after = try await lag()
            try require(after == 3, "after seven acknowledgements, the lag is \(after)")
            let status = try await context.inspector.groups()[0]
            try require(status.members == ["one"], "members: \(status.members)")
            try require(status.partitions.reduce(0) { $0 + $1.inFlight } == 3, "in flight: \(status.partitions.map(\.inFlight))")
        },
        Check("topics show their oldest and next offsets, and can be browsed", needs: .inspection) { context in
            let topic = Topic("one-partition", partitions: 1)
            try await context.declare(topic)
            try await context.publish(0..<10, topic: topic)
            guard let status = try await context.inspector.topics().first(where: { $0.name == topic.name }) else {
                throw ConformanceFailure("the topic is not listed")
            }
            try require(status.partitions.map(\.oldest) == [0] && status.partitions.map(\.next) == [10], "offsets: \(status.partitions)")
            let page = try await context.inspector.browse(topic: topic.name, partition: 0, from: 4, max: 3)
            try require(page.map(\.position.offset) == [4, 5, 6], "offsets of the page: \(page.map(\.position.offset))")
            try require(page.map(\.message.subject) == ["4", "5", "6"], "messages of the page: \(page.map(\.message.subject))")
            try require(
                try await context.inspector.browse(topic: topic.name, partition: 0, from: 10, max: 3).isEmpty, "a page behind the end")
        },
        Check("a group without members can be moved", needs: .inspection) { context in
            let topic = Topic("one-partition", partitions: 1)
            try await context.declare(topic)
            try await context.publish(0..<10, topic: topic)
            let first = try await context.subscribe("readers", topic: topic)
            _ = try await context.consume(10, from: first)
            try await context.expectError(.inUse, "moving a group that has members") {
                try await context.inspector.seek(group: "readers", topic: topic.name, to: .earliest)
            }
            await first.close()
            func rest(_ target: SeekTarget, _ expected: [Int]) async throws {
                try await context.inspector.seek(group: "readers", topic: topic.name, to: target)
                let groups = try await context.inspector.groups()
                let lag = groups[0].lag
                try require(lag == UInt64(expected.count), "after seek to \(target) the lag is \(lag)")
                let member = try await context.subscribe("readers", topic: topic)
                let received = try await context.consume(expected.count, from: member)
                try require(received.numbers == expected, "after seek to \(target): \(received.numbers)")
                await member.close()
            }
            try await rest(.offset(7), [7, 8, 9])
            try await rest(.earliest, Array(0..<10))
            try await rest(.latest, [])
            try await context.world.sleep(for: .milliseconds(2))
            let later = context.world.now
            try await context.publish([10, 11], topic: topic)
            try await rest(.time(later), [10, 11])
            try await rest(.time(later), [10, 11])
            try await context.expectError(.unknownGroup, "moving a group that does not exist") {
                try await context.inspector.seek(group: "nobody", topic: topic.name, to: .earliest)
            }
        },
        Check("statistics count what happened", needs: [.inspection, .messageIDWindow]) { context in
            try await context.declare()
            try await context.bus.publish([context.message(1), context.message(2)], .messageID)
            try await context.bus.publish([context.message(1)], .messageID)
            let statistics = try await context.inspector.statistics()
            try require(statistics.messagesPublished == 2, "published: \(statistics.messagesPublished)")
            try require(statistics.duplicatesDropped == 1, "duplicates: \(statistics.duplicatesDropped)")
            try require(statistics.bytesUsed > 0 && statistics.bytesUsed <= statistics.bytesBudget, "bytes: \(statistics.bytesUsed)")
        },
    ]
}
