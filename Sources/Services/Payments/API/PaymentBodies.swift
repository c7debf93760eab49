import Commerce
import Contracts

/// Body of an authorisation by hand.
public struct AuthorizeRequest: Codable, Sendable, Hashable {
    /// Names the payment; a repetition with the same key answers the same payment.
    public var payment_key: String
    public var order_id: String
    public var user_id: String
    /// Decimal string, `"99.90"`.
    public var amount: String
    public var currency: String
    /// Number of a test card; absent: a card that is approved.
    public var card: String?

    public init(payment_key: String, order_id: String, user_id: String, amount: String, currency: String, card: String? = nil) {
        self.payment_key = payment_key
        self.order_id = order_id
        self.user_id = user_id
        self.amount = amount
        self.currency = currency
        self.card = card
    }
}

extension AuthorizeRequest: Validatable {
    public func validate(_ check: inout Validation) {
        check.length(payment_key, in: 1...100, field: "payment_key")
        check.require(!CheckoutPayment.isKey(payment_key), field: "payment_key", "names the payment of an order: take another key")
        check.length(order_id, in: 1...64, field: "order_id")
        check.length(user_id, in: 1...64, field: "user_id")
        if let known = Currency(currency) {
            do {
                check.require(try Money(bounded: amount, known).isPositive, field: "amount", "must be more than 0")
            } catch {
                check.require(false, field: "amount", error.description)
            }
        } else {
            check.require(false, field: "currency", MoneyError.unknownCurrency(currency).description)
        }
        if let card {
            check.require(
                (12...19).contains(card.utf8.count) && card.utf8.allSatisfy { (48...57).contains($0) }, field: "card",
                "must have 12 to 19 digits")
        }
    }
}

public struct VoidRequest: Codable, Sendable, Hashable {
    public var reason: String

    public init(reason: String) { self.reason = reason }
}

extension VoidRequest: Validatable {
    public func validate(_ check: inout Validation) { check.length(reason, in: 1...200, field: "reason", form: .lines) }
}

public struct RefundRequest: Codable, Sendable, Hashable {
    /// Decimal string; absent: all that is left.
    public var amount: String?
    public var reason: String
    /// Names the refund; a repetition with the same key answers the same refund. Absent: each request is a refund of its own.
    public var refund_key: String?

    public init(amount: String? = nil, reason: String, refund_key: String? = nil) {
        self.amount = amount
        self.reason = reason
        self.refund_key = refund_key
    }
}

extension RefundRequest: Validatable {
    // The amount is read with the payment's currency, by the service.
    public func validate(_ check: inout Validation) {
        check.length(reason, in: 1...200, field: "reason", form: .lines)
        check.length(refund_key, in: 1...100, field: "refund_key")
    }
}
