import Foundation
import Messaging
import Runtime
import Testing

@testable import LMDBBus

@Suite(.timeLimit(.minutes(10))) struct SegmentTests {
    private let world = World.live(instance: "test")
    private let directory = LogDirectory()

    @Test(arguments: [1, 7, 50, 5_000])
    func `a log reads back the same whatever its segments`(segmentMessages: Int) async throws {
        let options = LogOptions(persistence: .volatile, segmentMessages: segmentMessages)
        var bus = try directory.open(world, options)
        try await bus.declare([Samples.topic, Samples.single])
        var sent = [Message]()
        for batch in 0..<15 {
            // Sizes from one record to a dozen continuations.
            let messages = (0..<9).map { number in
                Samples.message(
                    batch * 10 + number, topic: number % 3 == 0 ? Samples.single : Samples.topic, bytes: number == 4 ? 20_000 : 700 * number
                )
            }
            try await bus.publish(messages)
            sent += messages
        }
        func all(_ bus: LMDBMessageBus) async throws -> [Position: Message] {
            var messages = [Position: Message]()
            for topic in try await bus.topics() {
                for partition in topic.partitions {
                    for logged in try await bus.browse(topic: topic.name, partition: partition.partition, from: 0, max: 1_000) {
                        messages[logged.position] = logged.message
                    }
                }
            }
            return messages
        }
        let before = try await all(bus)
        #expect(Set(before.values) == Set(sent))
        bus.abandon()
        bus = try directory.open(world, options)
        #expect(try await all(bus) == before)
        try await bus.publish([Samples.message(999)])
        #expect(try await all(bus).count == before.count + 1)
        bus.close()
    }

    @Test(arguments: [1, 7, 5_000])
    func `a scan reads every payload in place, from an offset on and until it is told to stop`(segmentMessages: Int) async throws {
        let bus = try directory.open(world, LogOptions(persistence: .volatile, segmentMessages: segmentMessages))
        defer { bus.close() }
        try await bus.declare([Samples.single])
        // Some of one record, some of a dozen continuations.
        let sent = (0..<30).map { Samples.message($0, topic: Samples.single, bytes: $0 % 5 == 4 ? 20_000 : 70 * $0) }
        try await bus.publish(sent)
        var read = [UInt64: Data]()
        try bus.scan(topic: Samples.single.name, partition: 0, from: 3) { offset, payload in
            read[offset] = payload.withUnsafeBytes { Data($0) }
            return offset < 25
        }
        #expect(read == Dictionary(uniqueKeysWithValues: (3...25).map { (UInt64($0), sent[$0].payload) }))
        #expect(throws: BusError.self) { try bus.scan(topic: Samples.single.name, partition: 1) { _, _ in true } }
    }

    @Test func `topics declared between segments have their own offsets`() async throws {
        let options = LogOptions(persistence: .volatile, segmentMessages: 10)
        var bus = try directory.open(world, options)
        try await bus.declare([Samples.single])
        try await bus.publish(Samples.messages(0..<15, topic: Samples.single))
        try await bus.declare([Samples.topic])
        try await bus.publish(Samples.messages(15..<40, key: "a"))
        bus.abandon()
        bus = try directory.open(world, options)
        let positions = try await bus.publish(
            [Samples.message(40, key: "a"), Samples.message(41, topic: Samples.single)])
        #expect(positions.map { $0?.offset } == [25, 15])
        #expect(try await bus.consume(26, group: "g").count == 26)
        #expect(try await bus.consume(16, group: "g", topic: Samples.single).map(\.message.subject) == (0..<15).map(String.init) + ["41"])
        bus.close()
    }

    @Test func `producers' sequences and message identifiers are rebuilt across segments`() async throws {
        let options = LogOptions(persistence: .volatile, segmentMessages: 10, messageIDWindow: 25)
        var bus = try directory.open(world, options)
        try await bus.declare([Samples.topic])
        try await bus.publish(Samples.messages(0..<3), .sequence(producer: "early", numbers: [0, 4, 9]))
        for number in 0..<60 { try await bus.publish([Samples.message(100 + number)], .messageID) }
        bus.abandon()
        bus = try directory.open(world, options)
        let early = try await bus.publish(Samples.messages(0..<2), .sequence(producer: "early", numbers: [9, 10]))
        #expect(early[0] == nil && early[1] != nil)
        let known = try await bus.publish(Samples.messages(135..<160), .messageID)
        #expect(known.allSatisfy { $0 == nil })
        let forgotten = try await bus.publish([Samples.message(110)], .messageID)
        #expect(forgotten[0] != nil)
        bus.close()
    }

    @Test func `the window forgets the oldest first and nothing else`() {
        var window = MessageIDWindow(capacity: 100)
        let random = RandomStream(seed: 9)
        var ids = [MessageIDWindow.ID]()
        for _ in 0..<5_000 {
            // Few distinct low halves, so that entries collide and shift.
            let id = MessageIDWindow.ID(high: random.next(), low: UInt64(random.below(40)))
            window.insert(id)
            ids.append(id)
            #expect(ids.suffix(100).allSatisfy { window.contains($0) })
            if ids.count > 100 { #expect(!window.contains(ids[ids.count - 101])) }
        }
    }

    @Test func `a log with more segments than a smaller budget would have opens all the same`() throws {
        let directory = LogDirectory()
        try SimulatedRun(seed: 1).execute { world in
            let many = try directory.open(world, LogOptions(persistence: .volatile, bytesBudget: 256 << 20, segmentMessages: 10))
            try await many.declare([Samples.single])
            for round in 0..<40 { try await many.publish(Samples.messages(round * 100..<round * 100 + 100, topic: Samples.single)) }
            #expect(try await many.statistics().segments == 400)
            many.close()
            let few = try directory.open(world, LogOptions(persistence: .volatile, bytesBudget: 16 << 20, segmentMessages: 65_535))
            defer { few.close() }
            let read = try await few.consume(4_000, group: "all", topic: Samples.single)
            #expect(read.map(\.message.subject) == (0..<4_000).map(String.init))
        }
    }
}
