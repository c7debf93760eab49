import Foundation
import Messaging
import Runtime
import Testing

@testable import LMDBBus

@Suite struct RetentionTests {
    private func options(age: Duration?, keeps: Bool = true, budget: UInt64 = 256 << 20) -> LogOptions {
        LogOptions(
            persistence: .volatile, bytesBudget: budget, segmentMessages: 20, retention: .init(age: age, keepsUnconsumed: keeps))
    }

    private func simulate<T: Sendable>(
        _ options: LogOptions, _ body: @escaping @Sendable (World, LMDBMessageBus, LogDirectory) async throws -> T
    ) throws -> T {
        let directory = LogDirectory()
        return try SimulatedRun(seed: 1).execute { world in
            let bus = try directory.open(world, options)
            defer { bus.close() }
            try await bus.declare([Samples.single])
            return try await body(world, bus, directory)
        }
    }

    private static func oldest(_ bus: LMDBMessageBus) async throws -> UInt64 { try await bus.topics()[0].partitions[0].oldest }

    @Test func `segments older than the age are dropped, younger ones stay`() throws {
        try simulate(options(age: .seconds(3600))) { world, bus, _ in
            try await bus.publish(Samples.messages(0..<100, topic: Samples.single))
            try await world.sleep(for: .seconds(1800))
            try await bus.publish(Samples.messages(100..<150, topic: Samples.single))
            #expect(try await Self.oldest(bus) == 0)
            try await world.sleep(for: .seconds(1900))
            // The segment of messages 80 to 99 also holds younger ones.
            #expect(try await Self.oldest(bus) == 100)
            #expect(try await bus.consume(50, group: "late", topic: Samples.single).map(\.message.subject).first == "100")
            try await world.sleep(for: .seconds(7200))
            #expect(try await bus.statistics().segments == 1)
        }
    }

    @Test func `what a group has not read is kept until it has`() throws {
        try simulate(options(age: .seconds(60))) { world, bus, _ in
            let member = try await bus.subscribe(Subscription(group: "slow", topics: [Samples.single], member: "m"))
            try await bus.publish(Samples.messages(0..<100, topic: Samples.single))
            try await world.sleep(for: .seconds(600))
            #expect(try await Self.oldest(bus) == 0)
            var received = 0
            while received < 100 {
                let batch = try await member.next(max: 30)
                received += batch.count
                try await member.acknowledge(batch.map(\.receipt))
                try await world.sleep(for: .seconds(40))
            }
            #expect(received == 100)
            try await bus.publish(Samples.messages(100..<130, topic: Samples.single))
            try await world.sleep(for: .seconds(100))
            #expect(try await Self.oldest(bus) >= 80)
        }
    }

    @Test func `with keepsUnconsumed off a group that lags moves up, and the move survives`() throws {
        let options = options(age: .seconds(60), keeps: false)
        try simulate(options) { world, bus, directory in
            let member = try await bus.subscribe(Subscription(group: "slow", topics: [Samples.single], member: "m"))
            try await bus.publish(Samples.messages(0..<100, topic: Samples.single))
            let seen = try await member.next(max: 10)
            try await world.sleep(for: .seconds(120))
            #expect(try await Self.oldest(bus) == 80)
            #expect(try await bus.groups()[0].partitions[0].committed == 80)
            // Answers for what is gone are taken without effect.
            try await member.acknowledge(seen.map(\.receipt))
            #expect(try await member.next(max: 5).map(\.position.offset) == [80, 81, 82, 83, 84])
            bus.abandon()
            let again = try directory.open(world, options)
            #expect(try await again.topics()[0].partitions[0].next == 100)
            #expect(try await again.consume(20, group: "slow", topic: Samples.single).count == 20)
            again.close()
        }
    }

    @Test func `a retry is kept in the log until it is done`() throws {
        try simulate(options(age: .seconds(60))) { world, bus, _ in
            let member = try await bus.subscribe(Subscription(group: "g", topics: [Samples.single], member: "m"))
            try await bus.publish(Samples.messages(0..<60, topic: Samples.single))
            var batch = try await member.next(max: 100)
            let poisoned = batch.removeFirst()
            try await member.acknowledge(batch.map(\.receipt))
            try await member.negativeAcknowledge([Refusal(poisoned.receipt, .retry(after: .seconds(300)), reason: "down")])
            try await world.sleep(for: .seconds(200))
            #expect(try await Self.oldest(bus) == 0)
            let again = try await member.next(max: 10)
            #expect(again.map(\.message) == [poisoned.message])
        }
    }

    @Test func `a full log refuses messages, names the group that lags, and takes acknowledgements`() throws {
        try simulate(options(age: nil, budget: 1 << 20)) { world, bus, _ in
            let member = try await bus.subscribe(Subscription(group: "laggard", topics: [Samples.single], member: "m"))
            var published = 0
            var failure: BusError?
            while failure == nil, published < 5_000 {
                do {
                    try await bus.publish(Samples.messages(published..<published + 10, topic: Samples.single, bytes: 1_000))
                    published += 10
                } catch {
                    failure = error as? BusError
                }
            }
            #expect(failure?.code == .logFull && failure?.topic == Samples.single.name)
            #expect(failure?.message.contains("laggard") == true, "\(String(describing: failure))")
            #expect(published > 300)
            #expect(try await bus.statistics().bytesUsed <= 1 << 20)
            var read = 0
            while read < published {
                let batch = try await member.next(max: 100)
                if read == 0 { try await member.negativeAcknowledge([Refusal(batch[0].receipt, .deadLetter, reason: "x")]) }
                try await member.acknowledge(batch.map(\.receipt))
                read += batch.count
            }
            // Room is back: nothing was lost, and new messages are taken.
            for round in 0..<100 {
                try await bus.publish(Samples.messages(0..<10, topic: Samples.single, bytes: 1_000))
                let batch = try await member.next(max: 100)
                #expect(!batch.isEmpty, "round \(round)")
                try await member.acknowledge(batch.map(\.receipt))
            }
            #expect(try await bus.deadLetters(group: "laggard").count == 1)
            _ = world
        }
    }

    @Test func `a group that is removed holds nothing back, is forgotten after a reopen too, and joins again as a new one`() throws {
        try simulate(options(age: .seconds(60))) { world, bus, directory in
            let old = Subscription(group: "old", topics: [Samples.single], member: "m", retry: .never)
            let member = try await bus.subscribe(old)
            let other = try await bus.subscribe(Subscription(group: "other", topics: [Samples.single], member: "m"))
            try await bus.publish(Samples.messages(0..<100, topic: Samples.single))
            let first = try await member.next(max: 2)
            try await member.negativeAcknowledge([Refusal(first[0].receipt, .deadLetter, reason: "x")])
            try await member.negativeAcknowledge([Refusal(first[1].receipt, .retry(after: .seconds(3600)), reason: "y")])
            var read = 0
            while read < 100 {
                let batch = try await other.next(max: 30)
                try await other.acknowledge(batch.map(\.receipt))
                read += batch.count
            }
            await #expect(throws: BusError.self, "it has a member") { try await bus.remove(group: "old") }
            await member.close()
            try await world.sleep(for: .seconds(600))
            #expect(try await Self.oldest(bus) == 0)
            #expect(try await bus.remove(group: "old") == 98)
            try await bus.publish(Samples.messages(100..<130, topic: Samples.single))
            try await world.sleep(for: .seconds(100))
            #expect(try await Self.oldest(bus) >= 80)
            #expect(try await bus.groups().map(\.name) == ["other"])
            #expect(try await bus.deadLetters(group: nil).isEmpty)
            await #expect(throws: BusError.self, "it is gone") { try await bus.remove(group: "old") }
            bus.abandon()
            let again = try directory.open(world, options(age: .seconds(60)))
            defer { again.close() }
            #expect(try await again.groups().map(\.name) == ["other"])
            let oldest = try await Self.oldest(again)
            let back = try await again.subscribe(old)
            #expect(try await back.next(max: 1).first?.receipt.position.offset == oldest)
            #expect(try await again.groups().map(\.name) == ["old", "other"])
        }
    }

    @Test func `the file does not grow while retention makes room`() throws {
        let bytes = try simulate(options(age: .seconds(10))) { world, bus, directory in
            for round in 0..<400 {
                try await bus.publish(Samples.messages(round * 10..<round * 10 + 10, topic: Samples.single, bytes: 1_000))
                try await world.sleep(for: .seconds(1))
            }
            return try FileManager.default.attributesOfItem(atPath: directory.file.path)[.size] as? Int ?? 0
        }
        // 4,000 messages are about 5 MB; 10 s of them are about 0.15 MB.
        #expect(bytes < 1_500_000, "\(bytes) bytes")
    }
}
