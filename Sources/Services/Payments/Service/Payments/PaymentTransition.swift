import Commerce
import PaymentsAPI
import Runtime

/// What a command does to a payment, given where it stands: pure, so that every combination can be tested.
///
/// | | none | authorized | captured | refunded in part or whole | declined | voided |
/// |---|---|---|---|---|---|---|
/// | Authorize | ask | answer | answer | answer | answer | refuse |
/// | Capture | refuse | collect | answer | answer | refuse | refuse |
/// | Void | tombstone | give up | refuse | refuse | answer | answer |
/// | Refund | refuse | refuse | pay back | pay back what is left | refuse | refuse |
enum PaymentTransition {
    /// Why something is not possible: a stable code for programs, a sentence for people.
    struct Refusal: Error, Sendable, Hashable {
        let code: String
        let reason: String
        init(_ code: String, _ reason: String) {
            self.code = code
            self.reason = reason
        }

        static let voided = Refusal("payment_voided", "The payment was voided.")
        static let declined = Refusal("payment_declined", "The card was declined.")
        static let unknown = Refusal("payment_not_found", "There is no such payment.")
        static let captured = Refusal("payment_captured", "The amount was collected already: refund it instead.")
        static let notCaptured = Refusal("payment_not_captured", "Nothing was collected yet: void the payment instead.")
        static let keyReused = Refusal("payment_key_reused", "This key names a payment with another order, amount or currency.")
        static let refundKeyReused = Refusal("refund_key_reused", "This key names a refund of another amount.")
        static let tooMuch = Refusal("refund_too_large", "That is more than what is left of the payment.")
        static let nothingLeft = Refusal("nothing_to_refund", "The whole payment was paid back already.")
        static let notPositive = Refusal("amount_invalid", "An amount must not be negative, and a refund is more than 0.")
        static let tooLarge = Refusal("amount_invalid", "One payment is at most \(Money.minorUnitsMax) minor units of its currency.")
        static let unknownCurrency = Refusal("currency_unknown", "The currency is not one of ISO 4217.")
    }

    enum Capture: Hashable {
        case collect
        case answerCaptured
    }

    static func capture(_ status: PaymentStatus?) throws(Refusal) -> Capture {
        switch status {
        case .authorized: return .collect
        case .captured where seeded("payment.captured-twice"): return .collect
        case .captured, .partiallyRefunded, .refunded: return .answerCaptured
        case .declined: throw .declined
        case .voided: throw .voided
        case nil: throw .unknown
        }
    }

    enum Void: Hashable {
        /// Remember that the key must get nothing when its Authorize comes.
        case leaveTombstone
        case giveUp
        case answerVoided
    }

    static func void(_ status: PaymentStatus?) throws(Refusal) -> Void {
        switch status {
        case nil: return .leaveTombstone
        case .authorized: return .giveUp
        case .declined, .voided: return .answerVoided
        case .captured, .partiallyRefunded, .refunded: throw .captured
        }
    }

    /// How much a refund pays back, and where the payment stands then.
    /// - Parameter requested: minor units; nil for all that is left.
    static func refund(
        _ requested: Int64?, status: PaymentStatus, captured: Int64, refunded: Int64
    ) throws(Refusal) -> (amount: Int64, status: PaymentStatus) {
        switch status {
        case .authorized: throw .notCaptured
        case .declined: throw .declined
        case .voided: throw .voided
        case .refunded: throw .nothingLeft
        case .captured, .partiallyRefunded: break
        }
        let left = captured - refunded
        let amount = requested ?? left
        guard left > 0 else { throw .nothingLeft }
        guard amount > 0 else { throw .notPositive }
        guard amount <= left else { throw .tooMuch }
        return (amount, amount == left ? .refunded : .partiallyRefunded)
    }
}
