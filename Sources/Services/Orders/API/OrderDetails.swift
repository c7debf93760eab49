import Runtime

/// One event of an order's stream.
public struct OrderEventView: Codable, Sendable, Hashable {
    /// 1 for the first event of the order.
    public var version: Int64
    public var type: String
    public var at: Timestamp
    public var data: OrderEventData

    public init(version: Int64, type: String, at: Timestamp, data: OrderEventData) {
        self.version = version
        self.type = type
        self.at = at
        self.data = data
    }
}

/// What an event of the stream carries; each kind of event fills the fields that concern it.
public struct OrderEventData: Codable, Sendable, Hashable {
    public var user_id: UserReference?
    /// With `OrderPlaced`; empty for a plain total.
    public var lines: [OrderedLine]?
    /// With `OrderPlaced` of the item and plain forms, as it was sent.
    public var amount: OrderAmount?
    public var total_minor: Int64?
    public var currency: String?
    public var card_last4: String?
    public var payment_id: Int64?
    public var reason: OrderReason?
    public var invoice_number: Int64?
    public var shipment: Int?
    public var carrier: String?
    public var tracking: String?

    public init(
        user_id: UserReference? = nil, lines: [OrderedLine]? = nil, amount: OrderAmount? = nil, total_minor: Int64? = nil,
        currency: String? = nil, card_last4: String? = nil, payment_id: Int64? = nil, reason: OrderReason? = nil,
        invoice_number: Int64? = nil, shipment: Int? = nil,
        carrier: String? = nil, tracking: String? = nil
    ) {
        self.user_id = user_id
        self.lines = lines
        self.amount = amount
        self.total_minor = total_minor
        self.currency = currency
        self.card_last4 = card_last4
        self.payment_id = payment_id
        self.reason = reason
        self.invoice_number = invoice_number
        self.shipment = shipment
        self.carrier = carrier
        self.tracking = tracking
    }
}

/// Status tracking of one order.
public struct OrderTimeline: Codable, Sendable, Hashable {
    public var order_id: Int64
    public var status: OrderStatus
    /// Oldest first.
    public var entries: [Entry]

    public struct Entry: Codable, Sendable, Hashable {
        public var at: Timestamp
        /// The status from here on; absent for something that happened without changing it.
        public var status: OrderStatus?
        /// For people: "Stock is set aside."
        public var note: String

        public init(at: Timestamp, status: OrderStatus?, note: String) {
            self.at = at
            self.status = status
            self.note = note
        }
    }

    public init(order_id: Int64, status: OrderStatus, entries: [Entry]) {
        self.order_id = order_id
        self.status = status
        self.entries = entries
    }
}

/// Invoice of a confirmed order. Numbers follow each other without gaps.
public struct InvoiceView: Codable, Sendable, Hashable {
    /// `INV-000042`.
    public var number: String
    public var order_id: Int64
    public var user_id: UserReference
    public var issued_at: Timestamp
    public var currency: String
    public var lines: [Line]
    /// Decimal string.
    public var total: String
    public var payment: OrderPaymentView?

    public struct Line: Codable, Sendable, Hashable {
        public var description: String
        public var quantity: Int
        public var unit_price: String
        public var total: String

        public init(description: String, quantity: Int, unit_price: String, total: String) {
            self.description = description
            self.quantity = quantity
            self.unit_price = unit_price
            self.total = total
        }
    }

    public init(
        number: String, order_id: Int64, user_id: UserReference, issued_at: Timestamp, currency: String, lines: [Line], total: String,
        payment: OrderPaymentView?
    ) {
        self.number = number
        self.order_id = order_id
        self.user_id = user_id
        self.issued_at = issued_at
        self.currency = currency
        self.lines = lines
        self.total = total
        self.payment = payment
    }
}

/// The checkout saga of one order.
public struct CheckoutView: Codable, Sendable, Hashable {
    public var order_id: Int64
    /// As the saga module names it: `running`, `compensating`, `completed`, `compensated`.
    public var status: String
    /// The step it stands at, by name; absent when it has ended.
    public var step: String?
    public var reason: String?
    public var started_at: Timestamp
    public var updated_at: Timestamp
    public var log: [Entry]
    /// A Mermaid flow chart: done, now, ahead, compensating.
    public var mermaid: String

    public struct Entry: Codable, Sendable, Hashable {
        public var at: Timestamp
        public var step: String
        public var event: String
        public var detail: String?

        public init(at: Timestamp, step: String, event: String, detail: String?) {
            self.at = at
            self.step = step
            self.event = event
            self.detail = detail
        }
    }

    public init(
        order_id: Int64, status: String, step: String?, reason: String?, started_at: Timestamp, updated_at: Timestamp, log: [Entry],
        mermaid: String
    ) {
        self.order_id = order_id
        self.status = status
        self.step = step
        self.reason = reason
        self.started_at = started_at
        self.updated_at = updated_at
        self.log = log
        self.mermaid = mermaid
    }
}
