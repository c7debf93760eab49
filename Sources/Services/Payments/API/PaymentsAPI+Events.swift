import Messaging

extension PaymentsAPI {
    public static let events = Topic("payment-events")

    public static let authorized = MessageType<PaymentEvent>("Payment.Authorized.v1", on: events, "An amount is held on a card.")
    public static let captured = MessageType<PaymentEvent>("Payment.Captured.v1", on: events, "An amount was collected.")
    public static let declined = MessageType<PaymentEvent>("Payment.Declined.v1", on: events, "A card was declined.")
    public static let voided = MessageType<PaymentEvent>("Payment.Voided.v1", on: events, "An authorisation was given up.")
    public static let refunded = MessageType<PaymentEvent>(
        "Payment.Refunded.v1", on: events, "An amount was paid back; `amount_minor` is this refund, not their sum.")
}

/// Something happened to a payment.
public struct PaymentEvent: Codable, Sendable, Hashable {
    public var payment_id: Int64
    public var order_id: String
    public var user_id: String
    public var amount_minor: Int64
    public var currency: String

    public init(payment_id: Int64, order_id: String, user_id: String, amount_minor: Int64, currency: String) {
        self.payment_id = payment_id
        self.order_id = order_id
        self.user_id = user_id
        self.amount_minor = amount_minor
        self.currency = currency
    }
}
