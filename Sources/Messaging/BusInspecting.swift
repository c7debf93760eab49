import Runtime

/// The operators' view of a bus: what is there, how far everyone is, and what failed. Services do not see it.
public protocol BusInspecting: Sendable {
    func topics() async throws -> [TopicStatus]
    func groups() async throws -> [GroupStatus]

    /// Messages of one partition from `offset` on, oldest first, at most `max`.
    func browse(topic: String, partition: Int, from offset: UInt64, max: Int) async throws -> [LoggedMessage]

    /// Moves a group's committed offset in every partition of a topic. The group must have no members.
    func seek(group: String, topic: String, to target: SeekTarget) async throws

    /// Forgets a group that nobody runs any more: its progress, retries and dead letters. What only it had not read may be dropped from the
    /// log; a group of that name that joins later is a new one. It must have no members.
    /// - Returns: how many messages it had still to read.
    @discardableResult
    func remove(group: String) async throws -> UInt64

    func deadLetters(group: String?) async throws -> [DeadLetter]
    /// Has dead letters delivered again, each to its own group only.
    /// - Returns: how many.
    func retryDeadLetters(group: String, ids: [String]?) async throws -> Int
    func purgeDeadLetters(group: String, ids: [String]?) async throws -> Int

    /// Waits until everything accepted so far, acknowledgements included, is durable.
    func flush() async throws

    /// Bytes used and allowed, and counters since the start.
    func statistics() async throws -> BusStatistics
}

public struct TopicStatus: Sendable, Codable {
    public struct Partition: Sendable, Codable {
        public let partition: Int
        /// Offset of the oldest message kept.
        public let oldest: UInt64
        /// Offset that the next message will get.
        public let next: UInt64
        public init(partition: Int, oldest: UInt64, next: UInt64) {
            self.partition = partition
            self.oldest = oldest
            self.next = next
        }
    }
    public let name: String
    public let partitions: [Partition]
    public init(name: String, partitions: [Partition]) {
        self.name = name
        self.partitions = partitions
    }
}

public struct GroupStatus: Sendable, Codable {
    public struct Partition: Sendable, Codable {
        public let topic: String
        public let partition: Int
        /// Everything below is acknowledged.
        public let committed: UInt64
        public let next: UInt64
        /// Messages not acknowledged yet, delivered or not.
        public let lag: UInt64
        public let inFlight: Int
        /// Waiting for their next attempt.
        public let retrying: Int
        public let member: String?
        public init(
            topic: String, partition: Int, committed: UInt64, next: UInt64, lag: UInt64, inFlight: Int, retrying: Int, member: String?
        ) {
            self.topic = topic
            self.partition = partition
            self.committed = committed
            self.next = next
            self.lag = lag
            self.inFlight = inFlight
            self.retrying = retrying
            self.member = member
        }
    }
    public let name: String
    public let generation: UInt64
    public let members: [String]
    public let partitions: [Partition]
    public let deadLetters: Int
    public init(name: String, generation: UInt64, members: [String], partitions: [Partition], deadLetters: Int) {
        self.name = name
        self.generation = generation
        self.members = members
        self.partitions = partitions
        self.deadLetters = deadLetters
    }
    public var lag: UInt64 { partitions.reduce(0) { $0 + $1.lag } }
}

public struct LoggedMessage: Sendable {
    public let position: Position
    public let message: Message
    public init(position: Position, message: Message) {
        self.position = position
        self.message = message
    }
}

public enum SeekTarget: Sendable, Hashable { case earliest, latest, offset(UInt64), time(Timestamp) }

public struct DeadLetter: Sendable {
    /// `group/topic/partition/offset`.
    public let id: String
    public let group: String
    public let position: Position
    public let message: Message
    public let attempts: Int
    public let firstFailure: Timestamp
    public let lastFailure: Timestamp
    /// The reasons given, oldest first; at most the last eight.
    public let causes: [String]
    public init(
        id: String, group: String, position: Position, message: Message, attempts: Int, firstFailure: Timestamp,
        lastFailure: Timestamp, causes: [String]
    ) {
        self.id = id
        self.group = group
        self.position = position
        self.message = message
        self.attempts = attempts
        self.firstFailure = firstFailure
        self.lastFailure = lastFailure
        self.causes = causes
    }
}

public struct BusStatistics: Sendable, Codable {
    public let bytesUsed: UInt64
    public let bytesBudget: UInt64
    public let messagesPublished: UInt64
    public let duplicatesDropped: UInt64
    public let commits: UInt64
    public let segments: Int
    public init(
        bytesUsed: UInt64, bytesBudget: UInt64, messagesPublished: UInt64, duplicatesDropped: UInt64, commits: UInt64, segments: Int
    ) {
        self.bytesUsed = bytesUsed
        self.bytesBudget = bytesBudget
        self.messagesPublished = messagesPublished
        self.duplicatesDropped = duplicatesDropped
        self.commits = commits
        self.segments = segments
    }
}
