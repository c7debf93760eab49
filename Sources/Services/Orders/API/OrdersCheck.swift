/// Counts that invariants are checked against.
public struct OrdersCheck: Codable, Sendable, Hashable {
    public var orders_total: Int
    /// Every status, those without orders included.
    public var by_status: [String: Int]
    /// Checkouts that have not ended, compensating ones included.
    public var sagas_open: Int
    public var events_total: Int

    public init(orders_total: Int, by_status: [String: Int], sagas_open: Int, events_total: Int) {
        self.orders_total = orders_total
        self.by_status = by_status
        self.sagas_open = sagas_open
        self.events_total = events_total
    }
}

/// What replaying the event streams beside the live projections showed.
public struct ProjectionReport: Codable, Sendable, Hashable {
    /// Events replayed.
    public var events: Int
    /// One entry a table that differs, with counts and samples. Empty when all is equal.
    public var differences: [String]
    /// True when the projections were written anew.
    public var is_rebuilt: Bool

    public init(events: Int, differences: [String], is_rebuilt: Bool) {
        self.events = events
        self.differences = differences
        self.is_rebuilt = is_rebuilt
    }
}
