import Runtime

/// The port that services' machinery is written against: publish, subscribe, acknowledge, negative-acknowledge.
///
/// Delivery is at least once. Messages with the same partition key are delivered in the order of their publication to one group.
/// Every adapter passes the suite in `MessagingTesting`.
public protocol MessageBus: Sendable {
    /// What this adapter can do beyond the four verbs.
    var capabilities: BusCapabilities { get }

    /// Creates the topics that do not exist yet.
    /// - Throws: ``BusError`` `topicMismatch` when one exists with another number of partitions.
    func declare(_ topics: [Topic]) async throws

    /// Appends a batch, all of it or nothing, and returns once it is durable (by the bus's persistence mode).
    /// - Returns: One position a message, in order. Messages left out as duplicates have the position nil.
    /// - Throws: ``BusError``; then nothing of the batch was appended.
    @discardableResult
    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?]

    /// The highest number of the producer's messages in the bus, by ``Idempotence/sequence(producer:numbers:)``; nil when it has none.
    func lastNumber(of producer: String) -> UInt64?

    /// Joins a consumer group. Partitions are shared among the members of a group; each change raises the group's generation.
    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription
}

extension MessageBus {
    @discardableResult
    public func publish(_ batch: [Message]) async throws -> [Position?] { try await publish(batch, .none) }

    public func lastNumber(of producer: String) -> UInt64? { nil }
}

/// How a publish protects against appending the same message twice.
public enum Idempotence: Sendable {
    /// No protection: each call appends.
    case none
    /// The producer numbers its messages in ascending order, one number a message; what is not above the last number that
    /// was appended for this producer is left out. Gaps are fine. This is how an outbox relay publishes.
    case sequence(producer: String, numbers: [UInt64])
    /// A message whose identifier (with its source) is among the most recent ones published this way is left out.
    case messageID
}

/// Where a message stands in the log.
public struct Position: Sendable, Hashable, Comparable, Codable {
    public let topic: String
    public let partition: Int
    public let offset: UInt64

    public init(topic: String, partition: Int, offset: UInt64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    public static func < (a: Position, b: Position) -> Bool { (a.topic, a.partition, a.offset) < (b.topic, b.partition, b.offset) }
}
