import Foundation
import Messaging
import Runtime
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@testable import LMDBBus

@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    private let world = World.live(instance: "test")

    /// The file is copied as it is while publishers are at work, as often as possible, and each copy is opened: what was
    /// acknowledged before the copy began must be there. A copy is harsher than `kill -9`, which leaves the file whole.
    @Test func `what was acknowledged is in the log at any moment`() async throws {
        let directory = LogDirectory()
        let bus = try directory.open(world, LogOptions(persistence: .durable, segmentMessages: 300))
        try await bus.declare([Samples.single])
        let publisher = world.instance("publisher").spawn("publisher") {
            var published = 0
            while !Task.isCancelled, published < 20_000 {
                try await bus.publish(
                    Samples.messages(published..<published + 5, topic: Samples.single),
                    .sequence(producer: "p", numbers: (published..<published + 5).map { UInt64($0 + 1) }))
                published += 5
            }
            return published
        }
        for round in 0..<10 {
            let acknowledged = try await bus.topics()[0].partitions[0].next
            let copy = LogDirectory()
            try FileManager.default.createDirectory(at: copy.url, withIntermediateDirectories: true)
            // A reader that is open keeps the pages of its snapshot while they are copied.
            try bus.core.read { _ in try FileManager.default.copyItem(at: directory.file, to: copy.file) }
            let survivor = try copy.open(world)
            let next = try await survivor.topics()[0].partitions[0].next
            #expect(next >= acknowledged, "round \(round)")
            #expect(next % 5 == 0, "round \(round): part of a batch is there")
            let messages = try await survivor.browse(topic: Samples.single.name, partition: 0, from: 0, max: Int(next))
            #expect(messages.map(\.message.subject) == (0..<Int(next)).map(String.init))
            let again = try await survivor.publish(
                Samples.messages(Int(next) - 1..<Int(next) + 1, topic: Samples.single),
                .sequence(producer: "p", numbers: [next, next + 1]))
            if next > 0 { #expect(again[0] == nil && again[1] != nil, "round \(round)") }
            survivor.close()
        }
        publisher.cancel()
        _ = try await publisher.value
        bus.close()
    }

    /// The tests' own process is started again and killed while it publishes.
    @Test func `a log survives kill -9`() async throws {
        let directory = LogDirectory()
        var known = 0
        for round in 0..<3 {
            let child = try ChildPublisher(directory: directory.url)
            let reported = child.killAfter(lines: 200)
            #expect(reported.count >= 200, "round \(round): the child reported \(reported.count) offsets")
            known = max(known, (reported.last ?? -1) + 1)
            let bus = try directory.open(world)
            let next = try await bus.topics()[0].partitions[0].next
            #expect(Int(next) >= known, "round \(round): \(known) were acknowledged, \(next) are there")
            let page = try await bus.browse(topic: Samples.single.name, partition: 0, from: 0, max: Int(next))
            #expect(page.count == Int(next))
            bus.close()
            known = Int(next)
        }
    }

    @Test func `an abandoned bus answers nobody and leaves what was committed`() throws {
        let directory = LogDirectory()
        try SimulatedRun(seed: 1).execute { world in
            let bus = try directory.open(world)
            try await bus.declare([Samples.single])
            try await bus.publish(Samples.messages(0..<10, topic: Samples.single))
            let lost = world.spawn("publisher") { try await bus.publish(Samples.messages(10..<20, topic: Samples.single)) }
            bus.abandon()
            let again = try directory.open(world)
            #expect(try await again.topics()[0].partitions[0].next == 10)
            again.close()
            _ = lost
        }
    }

    @Test func `a device without room is named, and the log goes on when room is back`() async throws {
        guard let device = SmallDevice(megabytes: 6) else {
            // Mounting needs root: elsewhere the refusal is covered by the byte budget alone.
            return
        }
        let options = LogOptions(persistence: .durable, bytesBudget: 1 << 30, segmentMessages: 500)
        let bus = try LMDBMessageBus.open(world: world, directory: device.url.appending(path: "log"), options: options)
        try await bus.declare([Samples.single])
        let ballast = device.url.appending(path: "ballast")
        try Data(count: 3 << 20).write(to: ballast)
        var published = 0
        var failure: BusError?
        while failure == nil, published < 100_000 {
            do {
                try await bus.publish(Samples.messages(published..<published + 20, topic: Samples.single, bytes: 1_500))
                published += 20
            } catch {
                failure = error as? BusError
            }
        }
        #expect(failure?.code == .deviceFull, "\(String(describing: failure))")
        #expect(published > 0)
        try FileManager.default.removeItem(at: ballast)
        try await bus.publish(Samples.messages(published..<published + 20, topic: Samples.single, bytes: 1_500))
        let received = try await bus.consume(published + 20, group: "readers", topic: Samples.single)
        #expect(received.map(\.message.subject) == (0..<published + 20).map(String.init))
        bus.close()
    }
}
