import Runtime

/// Where an order stands.
///
///     pending → reserved → paid → confirmed → shipped → delivered
///        └─────────┴────────┴──→ rejected | cancelled | compensated
public enum OrderStatus: String, Codable, Sendable, Hashable, CaseIterable {
    /// Accepted; the checkout has begun.
    case pending
    /// Stock is set aside.
    case reserved
    /// The payment is authorised.
    case paid
    /// Certain: nothing can undo the order any more.
    case confirmed
    case shipped
    case delivered
    /// Short of stock or card declined.
    case rejected
    /// Given up by request.
    case cancelled
    /// Given up because a step did not answer in time.
    case compensated

    /// True until the checkout is decided.
    public var isOpen: Bool { self == .pending || self == .reserved || self == .paid }
    public var hasFailed: Bool { self == .rejected || self == .cancelled || self == .compensated }
}

/// An order as its owner sees it. What the caller sent comes back as it was sent.
public struct OrderView: Codable, Sendable, Hashable {
    public var id: Int64
    public var user_id: UserReference
    public var status: OrderStatus
    /// Why the order ended without being confirmed.
    public var reason: OrderReason?
    /// With the item form.
    public var item: String?
    /// With the item and plain forms, as it was sent.
    public var amount: OrderAmount?
    /// ISO 4217; absent with the item form, which has no price.
    public var currency: String?
    /// Decimal string in `currency`; absent with the item form.
    public var total: String?
    /// With the lines form, as they were priced when the order was placed.
    public var lines: [OrderLineView]?
    public var payment: OrderPaymentView?
    /// Number of events in the order's stream.
    public var version: Int64
    public var created_at: Timestamp
    public var updated_at: Timestamp

    public init(
        id: Int64, user_id: UserReference, status: OrderStatus, reason: OrderReason? = nil, item: String? = nil,
        amount: OrderAmount? = nil, currency: String? = nil, total: String? = nil, lines: [OrderLineView]? = nil,
        payment: OrderPaymentView? = nil, version: Int64, created_at: Timestamp, updated_at: Timestamp
    ) {
        self.id = id
        self.user_id = user_id
        self.status = status
        self.reason = reason
        self.item = item
        self.amount = amount
        self.currency = currency
        self.total = total
        self.lines = lines
        self.payment = payment
        self.version = version
        self.created_at = created_at
        self.updated_at = updated_at
    }
}

public struct OrderReason: Codable, Sendable, Hashable {
    /// Stable, such as `stock_short`, `card_declined`, `reserve_timeout`, `cancelled`.
    public var code: String
    /// For people.
    public var detail: String

    public init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }
}

public struct OrderLineView: Codable, Sendable, Hashable {
    public var product_id: Int64
    public var name: String
    public var quantity: Int
    /// Decimal string in the order's currency.
    public var unit_price: String
    public var total: String

    public init(product_id: Int64, name: String, quantity: Int, unit_price: String, total: String) {
        self.product_id = product_id
        self.name = name
        self.quantity = quantity
        self.unit_price = unit_price
        self.total = total
    }
}

/// What the order knows of its payment; the payments service holds the money.
public enum OrderPaymentStatus: String, Codable, Sendable, Hashable, CaseIterable { case authorized, captured, declined, voided }

public struct OrderPaymentView: Codable, Sendable, Hashable {
    public var status: OrderPaymentStatus
    /// The payment's number at the payments service, once it is authorised.
    public var payment_id: Int64?
    public var card_last4: String?

    public init(status: OrderPaymentStatus, payment_id: Int64? = nil, card_last4: String? = nil) {
        self.status = status
        self.payment_id = payment_id
        self.card_last4 = card_last4
    }
}
