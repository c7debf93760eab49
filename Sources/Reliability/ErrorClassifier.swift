import Messaging
import Runtime

/// Turns what a handler throws into what happens to the message or timer.
///
///     let classifier = ErrorClassifier { error in error is SoldOut ? .acknowledge : nil }
///
/// Rules are asked first, in order; then the standard ones: ``PermanentFailure`` payloads that do not decode and messages that no log
/// would take are dead letters,
/// ``RetryLater`` chooses its delay, and everything else is retried by the policy, because a dead letter costs a person's time.
///
/// ``Runtime/InstanceCrash`` and `CancellationError` never get here: they pass through without an answer.
public struct ErrorClassifier: Sendable {
    public typealias Rule = @Sendable (any Error) -> Disposition?
    private let rules: [Rule]

    public init(rules: Rule...) { self.rules = rules }

    public static let standard = ErrorClassifier()

    public func disposition(of error: any Error) -> Disposition {
        for rule in rules {
            if let disposition = rule(error) { return disposition }
        }
        switch error {
        case let failure as PermanentFailure: return .deadLetter(reason: Self.text(failure.reason))
        case let later as RetryLater: return .retry(after: later.after, reason: Self.text(later.reason))
        case let error as BusError where error.code == .payloadMalformed || error.code == .payloadTooLarge:
            return .deadLetter(reason: Self.text(error.description))
        case let error as DecodingError: return .deadLetter(reason: Self.text("\(error)"))
        default: return .retry(after: nil, reason: Self.text("\(error)"))
        }
    }

    /// Reasons are kept with the message and shown in lists: 500 characters say enough.
    static func text(_ reason: String) -> String { reason.count <= 500 ? reason : String(reason.prefix(499)) + "…" }
}
