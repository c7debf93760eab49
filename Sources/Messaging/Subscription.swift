import Runtime

/// What a member of a consumer group asks for.
public struct Subscription: Sendable {
    public var group: String
    public var topics: [Topic]
    /// Names the member in its group. One that joins under the name of another takes its place: a crashed member's next life
    /// need not wait for the end of the first.
    public var member: String
    /// Where a new group begins: at the oldest message kept, or after the newest one.
    public var start: Start
    /// How long a delivery may stay unanswered before it is delivered again.
    public var lease: Duration
    /// What happens to messages that were negatively acknowledged.
    public var retry: RetryPolicy

    public enum Start: Sendable { case earliest, latest }

    public init(
        group: String, topics: [Topic], member: String, start: Start = .earliest, lease: Duration = .seconds(60),
        retry: RetryPolicy = .standard
    ) {
        self.group = group
        self.topics = topics
        self.member = member
        self.start = start
        self.lease = lease
        self.retry = retry
    }
}

/// A group member's view of the bus. Not to be shared between tasks.
public protocol BusSubscription: Sendable {
    /// Waits until something can be delivered, then returns it: at most `max` messages, in order within a partition.
    ///
    /// Empty only when the subscription has been closed.
    func next(max: Int) async throws -> [Delivery]

    /// The messages are done with. Durable with the bus's next commit, a few milliseconds later at most: a crash before it delivers again.
    /// - Throws: ``BusError`` `staleGeneration` when the partition belongs to another member by now.
    func acknowledge(_ receipts: [Receipt]) async throws

    /// The messages are not done with: each is delivered again later, or becomes a dead letter. Durable on return.
    func negativeAcknowledge(_ refusals: [Refusal]) async throws

    /// Leaves the group. Unanswered deliveries go to the other members. Waiting calls of `next` return empty.
    func close() async
}

/// One message in the hands of a consumer.
public struct Delivery: Sendable {
    public let message: Message
    public let receipt: Receipt
    /// 1 for the first delivery to this group.
    public let attempt: Int

    public init(message: Message, receipt: Receipt, attempt: Int) {
        self.message = message
        self.receipt = receipt
        self.attempt = attempt
    }

    public var position: Position { receipt.position }
}

/// Names a delivery when answering it.
public struct Receipt: Sendable, Hashable {
    public let group: String
    public let position: Position
    /// The group's generation when it was delivered; an answer with an older one is refused.
    public let generation: UInt64

    public init(group: String, position: Position, generation: UInt64) {
        self.group = group
        self.position = position
        self.generation = generation
    }
}

/// A negative acknowledgement.
public struct Refusal: Sendable {
    public enum Action: Sendable, Hashable {
        /// Deliver again after this long, or after what the retry policy says. After the policy's last attempt: dead letter.
        /// Later messages with the same key wait; other keys go on.
        case retry(after: Duration?)
        /// Move to the group's dead letters now. Later messages with the same key go on.
        case deadLetter
        /// Deliver again as soon as its key is free, without counting an attempt: the consumer did not try it.
        case release
    }
    public let receipt: Receipt
    public let action: Action
    /// Kept with the message, shown by `labctl dlq`.
    public let reason: String

    public init(_ receipt: Receipt, _ action: Action, reason: String) {
        self.receipt = receipt
        self.action = action
        self.reason = reason
    }
}

/// What a handler decides about a message.
public enum Disposition: Sendable, Hashable {
    case acknowledge
    /// Try again later; nil leaves the delay to the retry policy.
    case retry(after: Duration? = nil, reason: String)
    case deadLetter(reason: String)
}
