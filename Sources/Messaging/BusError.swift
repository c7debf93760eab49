/// An operating failure of the bus: a code to act on, where it happened, and what an operator can do.
public struct BusError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, Codable {
        case unknownTopic, topicMismatch, unknownGroup
        case payloadTooLarge, payloadMalformed
        /// The byte budget is used up and nothing may be dropped.
        case logFull
        /// The device has no room.
        case deviceFull
        case staleGeneration
        /// Another process has the log open.
        case inUse
        /// The file is not a log, or is damaged.
        case formatUnknown
        /// The log was written by another version of the format.
        case formatVersion
        case recordDamaged
        case closed
        case device
    }

    public let code: Code
    public let topic: String?
    /// What happened, why, and what to do next.
    public let message: String

    public init(_ code: Code, topic: String? = nil, _ message: String) {
        self.code = code
        self.topic = topic
        self.message = message
    }

    public var description: String { topic.map { "\(message) (topic \($0))" } ?? message }
}
