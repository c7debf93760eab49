/// What the saga log records about a step. The raw value is what is stored and shown.
public enum SagaEvent: String, Sendable, Hashable, Codable {
    case begun
    case sent
    case sentAgain = "sent again"
    case performed
    case succeeded
    case skipped
    case failed
    case timedOut = "timed out"
    /// A local action or compensation could not be carried out; it is tried again.
    case interrupted
    case cancelRequested = "cancel requested"
    case compensationSent = "compensation sent"
    case compensationSentAgain = "compensation sent again"
    case undone
    case completed
    case compensated
    /// A late or duplicate reply: noticed, without effect.
    case ignored
}
