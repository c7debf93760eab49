import Commerce
import Runtime

/// The port to whoever moves money on cards.
///
/// Called inside the transaction that records the result, so an implementation must decide at once, in memory, and be **idempotent by
/// payment key**: asked again with the same key (after a crash, or when the transaction was not committed) it answers the same. A
/// processor that must be asked over a network belongs behind `MessageHandlers.onEffect`, which calls it outside any transaction.
protocol CardProcessor: Sendable {
    /// Asks to hold an amount. The answers arrive in order; a processor may say the same thing twice.
    func authorize(_ request: CardAuthorization) throws(ProcessorTimeout) -> [AuthorizationNotice]
    /// Collects what is held under `reference`.
    func capture(_ reference: String, amount: Money) throws(ProcessorTimeout)
    /// Gives up what is held under `reference`.
    func void(_ reference: String) throws(ProcessorTimeout)
    /// Pays back a part of what was collected under `reference`; `key` names the refund.
    func refund(_ reference: String, amount: Money, key: String) throws(ProcessorTimeout)
}

struct CardAuthorization: Sendable, Hashable {
    let paymentKey: String
    let amount: Money
    /// Nil: a card that is approved.
    let card: String?
    /// When it is asked for: the time of the transaction.
    let at: Timestamp
}

/// What the processor says about an authorisation.
struct AuthorizationNotice: Sendable, Hashable {
    enum Outcome: Sendable, Hashable {
        case approved
        /// `code` for programs, `reason` for people.
        case declined(code: String, reason: String)
    }
    /// The processor's name for the payment; the same in every notice about it.
    let reference: String
    let outcome: Outcome
}

/// The processor did not answer in time: whether it acted is not known, and asking again is safe.
struct ProcessorTimeout: Error, Sendable, CustomStringConvertible {
    let retryAfter: Duration
    var description: String { "the card processor did not answer in time" }
}
