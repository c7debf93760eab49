import Runtime

/// The main figures. Money is a decimal string by currency code.
public struct AnalyticsSummary: Codable, Sendable, Hashable {
    public var orders_total: Int
    /// Orders by the last status that an event told; `pending` until it is decided.
    public var orders_by_status: [String: Int]
    /// What `revenue_from` says, by currency.
    public var revenue: [String: String]
    public var revenue_from: RevenueSource
    /// Units in placed orders, by item or product name.
    public var units_by_item: [String: Int]
    /// Mean total of confirmed orders that have a price, by currency.
    public var average_order_value: [String: String]
    /// Accounts opened.
    public var users: Int
    /// Notifications that providers took over.
    public var notifications: Int
    public var notifications_failed: Int
    public var events_consumed: Int
    /// Latest time of an event counted so far.
    public var last_event_at: Timestamp?

    public init(
        orders_total: Int, orders_by_status: [String: Int], revenue: [String: String], revenue_from: RevenueSource,
        units_by_item: [String: Int], average_order_value: [String: String], users: Int, notifications: Int, notifications_failed: Int,
        events_consumed: Int, last_event_at: Timestamp?
    ) {
        self.orders_total = orders_total
        self.orders_by_status = orders_by_status
        self.revenue = revenue
        self.revenue_from = revenue_from
        self.units_by_item = units_by_item
        self.average_order_value = average_order_value
        self.users = users
        self.notifications = notifications
        self.notifications_failed = notifications_failed
        self.events_consumed = events_consumed
        self.last_event_at = last_event_at
    }
}

/// What counts as revenue.
public enum RevenueSource: String, Codable, Sendable, Hashable, CaseIterable {
    /// Captured payments minus refunds.
    case payments
    /// Totals of confirmed orders: where no payments service runs.
    case orders
}

public struct TopProducts: Codable, Sendable, Hashable {
    public struct Item: Codable, Sendable, Hashable {
        /// The item's or product's name; `product 7` while the name is not known.
        public var item: String
        public var product_id: Int64?
        public var units: Int
        /// Orders' lines that name it.
        public var orders: Int
        /// Value of the units ordered, by currency.
        public var revenue: [String: String]

        public init(item: String, product_id: Int64?, units: Int, orders: Int, revenue: [String: String]) {
            self.item = item
            self.product_id = product_id
            self.units = units
            self.orders = orders
            self.revenue = revenue
        }
    }
    public var by: String
    public var items: [Item]

    public init(by: String, items: [Item]) {
        self.by = by
        self.items = items
    }
}

public struct Funnel: Codable, Sendable, Hashable {
    public struct Stage: Codable, Sendable, Hashable {
        public var stage: String
        public var orders: Int
        /// Of the orders placed, 0 to 1.
        public var share: Double

        public init(stage: String, orders: Int, share: Double) {
            self.stage = stage
            self.orders = orders
            self.share = share
        }
    }
    /// In order: placed, authorized, confirmed, captured, shipped, delivered. Those of payments only where there are payments.
    public var stages: [Stage]
    /// How the others ended: rejected, cancelled.
    public var exits: [Stage]

    public init(stages: [Stage], exits: [Stage]) {
        self.stages = stages
        self.exits = exits
    }
}

public struct ResetReport: Codable, Sendable, Hashable {
    /// Events that had been counted.
    public var events_forgotten: Int

    public init(events_forgotten: Int) { self.events_forgotten = events_forgotten }
}
