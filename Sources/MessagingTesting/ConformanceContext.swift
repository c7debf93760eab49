import Foundation
import Messaging
import Runtime
import Synchronization

/// What a check works with: the world, the bus, and the small steps that checks are made of.
final class ConformanceContext: Sendable {
    let world: World
    private let fixture: BusFixture
    private let current: Mutex<any MessageBus>
    static let topic = Topic("conformance-events", partitions: 4)

    init(world: World, fixture: BusFixture, bus: any MessageBus) {
        self.world = world
        self.fixture = fixture
        current = Mutex(bus)
    }

    var bus: any MessageBus { current.withLock { $0 } }

    var inspector: any BusInspecting {
        get throws {
            guard let inspector = bus as? any BusInspecting else {
                throw ConformanceFailure("the adapter declares inspection and does not implement BusInspecting")
            }
            return inspector
        }
    }

    /// Crash and start again; nil when the fixture cannot.
    func reopen() async throws {
        guard let reopen = fixture.reopen else { throw ConformanceFailure("the adapter declares durable, its fixture has no reopen") }
        let next = try await reopen(world, bus)
        current.withLock { $0 = next }
    }

    func message(_ number: Int, key: String? = nil, topic: Topic = topic, bytes: Int? = nil) -> Message {
        Message(
            id: "m-\(number)", source: "conformance", type: "Conformance.Happened.v1", subject: "\(number)", time: world.now,
            topic: topic.name, partitionKey: key ?? "key-\(number)", traceparent: number % 2 == 0 ? "00-trace-\(number)-01" : nil,
            correlationID: number % 3 == 0 ? "" : nil, causationID: "cause-\(number)",
            payload: Data(bytes.map { [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: $0) } ?? Array("{\"n\":\(number)}".utf8))
        )
    }

    func declare(_ topic: Topic = topic) async throws { try await bus.declare([topic]) }

    @discardableResult
    func publish(_ numbers: some Sequence<Int>, key: String? = nil, topic: Topic = topic) async throws -> [Position?] {
        try await bus.publish(numbers.map { message($0, key: key, topic: topic) })
    }

    func subscribe(
        _ group: String, _ member: String = "one", topic: Topic = topic, start: Subscription.Start = .earliest,
        lease: Duration = .seconds(60), retry: RetryPolicy = quick
    ) async throws -> any BusSubscription {
        try await bus.subscribe(
            Subscription(group: group, topics: [topic], member: member, start: start, lease: lease, retry: retry))
    }

    /// Short enough for the live world; without jitter, so that times can be compared.
    static let quick = RetryPolicy(attemptsMax: 3, initialDelay: .milliseconds(20), multiplier: 2, jitter: 0)

    /// Takes deliveries until there are `count`.
    func receive(_ count: Int, from subscription: any BusSubscription, max: Int = 16) async throws -> [Delivery] {
        var received = [Delivery]()
        while received.count < count {
            let batch = try await subscription.next(max: max)
            try require(!batch.isEmpty, "next returned empty although the subscription is open; \(received.count) of \(count) had come")
            try require(batch.count <= max, "next(max: \(max)) returned \(batch.count)")
            received += batch
        }
        try require(received.count == count, "\(count) deliveries were expected, \(received.count) came")
        return received
    }

    /// Takes and acknowledges until there are `count`.
    func consume(_ count: Int, from subscription: any BusSubscription, max: Int = 16) async throws -> [Delivery] {
        var received = [Delivery]()
        while received.count < count {
            let batch = try await receive(1, atLeastFrom: subscription, max: max)
            try await subscription.acknowledge(batch.map(\.receipt))
            received += batch
        }
        try require(received.count == count, "\(count) deliveries were expected, \(received.count) came")
        return received
    }

    private func receive(_ least: Int, atLeastFrom subscription: any BusSubscription, max: Int) async throws -> [Delivery] {
        let batch = try await subscription.next(max: max)
        try require(batch.count >= least, "next returned empty although the subscription is open")
        return batch
    }

    func expectError(_ code: BusError.Code, _ what: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as BusError {
            try require(error.code == code, "\(what): expected \(code), got \(error.code): \(error)")
            try require(error.message.count > 20, "\(what): the message says too little: \(error)")
            return
        }
        throw ConformanceFailure("\(what): expected \(code), nothing was thrown")
    }
}

extension Sequence<Delivery> {
    /// The numbers that `ConformanceContext.message` gave.
    var numbers: [Int] { map { Int($0.message.subject) ?? -1 } }
}
