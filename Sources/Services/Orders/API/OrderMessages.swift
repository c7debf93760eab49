import Runtime

/// One line of an order as its events tell it: a catalog product or a named item.
public struct OrderedLine: Codable, Sendable, Hashable {
    /// Nil when the line is a named item.
    public var product_id: Int64?
    /// What was ordered, in words: the named item, or the product's name when it was ordered.
    public var item: String?
    public var quantity: Int
    /// Price of one, in minor units of the order's currency; 0 for a named item, which has no price.
    public var unit_minor: Int64

    public init(product_id: Int64? = nil, item: String? = nil, quantity: Int, unit_minor: Int64) {
        self.product_id = product_id
        self.item = item
        self.quantity = quantity
        self.unit_minor = unit_minor
    }
}

/// Payload of `Order.Placed.v1`.
public struct OrderPlaced: Codable, Sendable, Hashable {
    public var order_id: Int64
    public var user_id: String
    /// Empty for a plain total.
    public var lines: [OrderedLine]
    /// Total in minor units of `currency`.
    public var total_minor: Int64
    /// ISO 4217.
    public var currency: String
    public var placed_at: Timestamp

    public init(order_id: Int64, user_id: String, lines: [OrderedLine], total_minor: Int64, currency: String, placed_at: Timestamp) {
        self.order_id = order_id
        self.user_id = user_id
        self.lines = lines
        self.total_minor = total_minor
        self.currency = currency
        self.placed_at = placed_at
    }
}

/// Payload of every later order event: whose order, how much, and why when it ended badly.
public struct OrderOutcome: Codable, Sendable, Hashable {
    public var order_id: Int64
    public var user_id: String
    public var total_minor: Int64
    public var currency: String
    /// Code and detail, such as `card_declined: …`; only with Rejected and Cancelled.
    public var reason: String?

    public init(order_id: Int64, user_id: String, total_minor: Int64, currency: String, reason: String? = nil) {
        self.order_id = order_id
        self.user_id = user_id
        self.total_minor = total_minor
        self.currency = currency
        self.reason = reason
    }
}

public typealias OrderConfirmed = OrderOutcome
public typealias OrderRejected = OrderOutcome
public typealias OrderCancelled = OrderOutcome
public typealias OrderShipped = OrderOutcome
public typealias OrderDelivered = OrderOutcome
