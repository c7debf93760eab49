import Runtime

/// Where a payment stands.
///
///     (none) ──Authorize──▶ authorized ──Capture──▶ captured ──Refund──▶ partially_refunded ──▶ refunded
///        │                      └──Void──▶ voided
///        └──▶ declined
public enum PaymentStatus: String, Codable, Sendable, Hashable, CaseIterable {
    case authorized, captured, declined, voided, refunded
    case partiallyRefunded = "partially_refunded"
}

/// A payment as clients see it. Amounts are decimal strings in `currency`.
public struct PaymentView: Codable, Sendable, Hashable {
    public var id: Int64
    public var payment_key: String
    public var order_id: String
    public var user_id: String
    public var amount: String
    public var captured: String
    public var refunded: String
    public var currency: String
    public var status: PaymentStatus
    /// Last four digits; the number itself is never stored.
    public var card_last4: String?
    /// Why the card was declined, or the payment voided.
    public var code: String?
    public var reason: String?
    /// The processor's name for it.
    public var reference: String?
    public var refunds: [RefundView]
    public var created_at: Timestamp
    public var updated_at: Timestamp

    public init(
        id: Int64, payment_key: String, order_id: String, user_id: String, amount: String, captured: String, refunded: String,
        currency: String, status: PaymentStatus, card_last4: String?, code: String?, reason: String?, reference: String?,
        refunds: [RefundView], created_at: Timestamp, updated_at: Timestamp
    ) {
        self.id = id
        self.payment_key = payment_key
        self.order_id = order_id
        self.user_id = user_id
        self.amount = amount
        self.captured = captured
        self.refunded = refunded
        self.currency = currency
        self.status = status
        self.card_last4 = card_last4
        self.code = code
        self.reason = reason
        self.reference = reference
        self.refunds = refunds
        self.created_at = created_at
        self.updated_at = updated_at
    }
}

public struct RefundView: Codable, Sendable, Hashable {
    public var refund_key: String
    public var amount: String
    public var reason: String
    public var created_at: Timestamp

    public init(refund_key: String, amount: String, reason: String, created_at: Timestamp) {
        self.refund_key = refund_key
        self.amount = amount
        self.reason = reason
        self.created_at = created_at
    }
}
