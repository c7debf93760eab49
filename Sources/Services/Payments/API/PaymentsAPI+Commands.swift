import Messaging

/// The payment side of a checkout: commands to payments and their answers. Each command may come twice and late; the payment key makes it
/// harmless. Answers carry the subject of the command, which is the saga's identifier.
extension PaymentsAPI {
    public static let commands = Topic("payment-commands")

    public static let authorizeCommand = MessageType<AuthorizePayment>(
        "Payment.Authorize.v1", on: commands, "Hold an amount on a card.")
    public static let captureCommand = MessageType<CapturePayment>(
        "Payment.Capture.v1", on: commands, "Collect the whole amount that was authorised.")
    public static let voidCommand = MessageType<VoidPayment>(
        "Payment.Void.v1", on: commands, "Give up an authorisation. Before an Authorize: refuse that one when it comes.")
    public static let refundCommand = MessageType<RefundPayment>(
        "Payment.Refund.v1", on: commands, "Pay back a captured payment, or a part of it.")

    public static let authorizeSucceeded = MessageType<PaymentAuthorized>(
        "Payment.AuthorizeSucceeded.v1", on: .sagaReplies, "The amount is held.")
    public static let authorizeFailed = MessageType<PaymentDeclined>(
        "Payment.AuthorizeFailed.v1", on: .sagaReplies, "The card was declined, and why.")
    public static let captureSucceeded = MessageType<PaymentCaptured>(
        "Payment.CaptureSucceeded.v1", on: .sagaReplies, "The amount is collected.")
    public static let voidSucceeded = MessageType<PaymentVoided>(
        "Payment.VoidSucceeded.v1", on: .sagaReplies, "Nothing is held any more.")
    public static let refundSucceeded = MessageType<PaymentRefunded>(
        "Payment.RefundSucceeded.v1", on: .sagaReplies, "The amount is paid back.")
    public static let refundFailed = MessageType<PaymentDeclined>(
        "Payment.RefundFailed.v1", on: .sagaReplies, "The refund is not possible, and why.")
}

/// Payments of checkouts: the checkout that began one is the only one to collect it or to give it up. What somebody else did to it
/// would leave the checkout without an answer for ever, because it can neither collect what was voided nor void what was collected.
/// A refund disturbs no checkout: it is possible once the amount is collected, and then the checkout is done with the payment.
public enum CheckoutPayment {
    private static let keyPrefix = "order-"

    /// Names the payment of an order.
    public static func key(ofOrder id: Int64) -> String { "\(keyPrefix)\(id)" }

    /// Whether a key is reserved for checkouts.
    public static func isKey(_ key: String) -> Bool { key.hasPrefix(keyPrefix) }
}

public struct AuthorizePayment: Codable, Sendable, Hashable {
    /// Names the payment; a repetition with the same key is the same payment.
    public var payment_key: String
    public var order_id: String
    public var user_id: String
    public var amount_minor: Int64
    public var currency: String
    /// Number of a test card; absent: a card that is approved.
    public var card: String?

    public init(payment_key: String, order_id: String, user_id: String, amount_minor: Int64, currency: String, card: String? = nil) {
        self.payment_key = payment_key
        self.order_id = order_id
        self.user_id = user_id
        self.amount_minor = amount_minor
        self.currency = currency
        self.card = card
    }
}

public struct CapturePayment: Codable, Sendable, Hashable {
    public var payment_key: String
    public var order_id: String

    public init(payment_key: String, order_id: String) {
        self.payment_key = payment_key
        self.order_id = order_id
    }
}

public struct VoidPayment: Codable, Sendable, Hashable {
    public var payment_key: String
    public var order_id: String
    public var reason: String

    public init(payment_key: String, order_id: String, reason: String) {
        self.payment_key = payment_key
        self.order_id = order_id
        self.reason = reason
    }
}

public struct RefundPayment: Codable, Sendable, Hashable {
    public var payment_key: String
    public var order_id: String
    /// Names the refund; a repetition with the same key is the same refund.
    public var refund_key: String
    /// Absent: all that is left.
    public var amount_minor: Int64?
    public var reason: String

    public init(payment_key: String, order_id: String, refund_key: String, amount_minor: Int64? = nil, reason: String) {
        self.payment_key = payment_key
        self.order_id = order_id
        self.refund_key = refund_key
        self.amount_minor = amount_minor
        self.reason = reason
    }
}

public struct PaymentAuthorized: Codable, Sendable, Hashable {
    public var order_id: String
    public var payment_id: Int64

    public init(order_id: String, payment_id: Int64) {
        self.order_id = order_id
        self.payment_id = payment_id
    }
}

public struct PaymentDeclined: Codable, Sendable, Hashable {
    public var order_id: String
    /// Stable, for programs: `card_declined`, `insufficient_funds`, `card_unknown`, `payment_voided`, `payment_key_reused`,
    /// `amount_invalid`, …
    public var code: String
    /// For people.
    public var reason: String

    public init(order_id: String, code: String, reason: String) {
        self.order_id = order_id
        self.code = code
        self.reason = reason
    }
}

public struct PaymentCaptured: Codable, Sendable, Hashable {
    public var order_id: String
    public var payment_id: Int64

    public init(order_id: String, payment_id: Int64) {
        self.order_id = order_id
        self.payment_id = payment_id
    }
}

public struct PaymentVoided: Codable, Sendable, Hashable {
    public var order_id: String

    public init(order_id: String) { self.order_id = order_id }
}

public struct PaymentRefunded: Codable, Sendable, Hashable {
    public var order_id: String
    public var payment_id: Int64
    public var amount_minor: Int64

    public init(order_id: String, payment_id: Int64, amount_minor: Int64) {
        self.order_id = order_id
        self.payment_id = payment_id
        self.amount_minor = amount_minor
    }
}
