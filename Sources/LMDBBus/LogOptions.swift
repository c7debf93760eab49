/// How a log is kept. The defaults are for a service that must not lose a message.
public struct LogOptions: Sendable {
    public enum Persistence: String, Sendable, Codable {
        /// A commit is flushed to the device before its callers go on.
        case durable
        /// Data is flushed, the page that names the newest commit is not: the last commit may be undone by a loss of power,
        /// nothing is damaged. The end of the process alone loses nothing.
        case relaxed
        /// Nothing is flushed. For simulated runs and tests only: a loss of power may damage the file.
        case volatile
    }

    /// What may be dropped from the old end of the log. Whole segments are dropped, so up to one segment more is kept.
    public struct Retention: Sendable {
        /// Messages older than this are dropped; younger ones only when the byte budget asks for room. Nil drops for room alone.
        public var age: Duration?
        /// Keep what a group of the topic has not acknowledged yet, whatever its age, and refuse new messages when the budget is
        /// used up. With false a group that lags loses messages; its committed offset moves up.
        public var keepsUnconsumed: Bool

        public init(age: Duration? = .seconds(7 * 24 * 3600), keepsUnconsumed: Bool = true) {
            self.age = age
            self.keepsUnconsumed = keepsUnconsumed
        }
    }

    public var persistence: Persistence
    /// Bytes that records, indexes, dead letters and retries may occupy. The file can be larger by the pages that wait for reuse.
    public var bytesBudget: UInt64
    /// Log positions in a segment, the unit of retention: 1 to 65,535.
    public var segmentMessages: Int
    public var retention: Retention
    /// How many of the newest messages published with `Idempotence.messageID` are remembered.
    public var messageIDWindow: Int
    /// How long a commit waits for the next of the previous one's callers to come back, ten times that in all: about as long as
    /// a sleeping thread takes to wake up. Not used in simulated worlds.
    public var gather: Duration
    /// An acknowledgement is durable after this long at most; earlier when anything else is committed.
    public var acknowledgeDelay: Duration

    public init(
        persistence: Persistence = .durable, bytesBudget: UInt64 = 8 << 30, segmentMessages: Int = 16_384,
        retention: Retention = Retention(), messageIDWindow: Int = 65_536,
        gather: Duration = .microseconds(40), acknowledgeDelay: Duration = .milliseconds(5)
    ) {
        precondition((1...65_535).contains(segmentMessages), "a segment has 1 to 65,535 positions, not \(segmentMessages)")
        precondition(messageIDWindow >= 0 && bytesBudget >= 1 << 16, "the window cannot be negative, the budget at least 64 KiB")
        self.persistence = persistence
        self.bytesBudget = bytesBudget
        self.segmentMessages = segmentMessages
        self.retention = retention
        self.messageIDWindow = messageIDWindow
        self.gather = gather
        self.acknowledgeDelay = acknowledgeDelay
    }
}
