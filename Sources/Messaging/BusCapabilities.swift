/// What an adapter can do beyond the four verbs. The conformance suite checks what is declared and skips the rest with a sentence.
public struct BusCapabilities: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// ``Idempotence/sequence(producer:numbers:)``.
    public static let producerSequences = BusCapabilities(rawValue: 1 << 0)
    /// ``Idempotence/messageID``.
    public static let messageIDWindow = BusCapabilities(rawValue: 1 << 1)
    /// A failing message holds back its own key only.
    public static let keyParking = BusCapabilities(rawValue: 1 << 2)
    /// Answers of a member that has lost its partition are refused.
    public static let generations = BusCapabilities(rawValue: 1 << 3)
    /// Dead letters with their causes.
    public static let deadLetters = BusCapabilities(rawValue: 1 << 4)
    /// ``BusInspecting``.
    public static let inspection = BusCapabilities(rawValue: 1 << 5)
    /// All of it survives the end of the process.
    public static let durable = BusCapabilities(rawValue: 1 << 6)
}
