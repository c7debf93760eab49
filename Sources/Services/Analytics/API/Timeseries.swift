import Runtime

public enum TimeseriesMetric: String, Codable, Sendable, Hashable, CaseIterable {
    case events, orders, confirmed, rejected, cancelled, shipped, delivered, units, users, notifications
    /// As in the summary.
    case revenue
    /// Totals of the orders placed.
    case order_value

    public var isMoney: Bool { self == .revenue || self == .order_value }
}

public enum TimeseriesBucket: String, Codable, Sendable, Hashable, CaseIterable {
    case minute, hour, day

    public var minutes: Int64 {
        switch self {
        case .minute: 1
        case .hour: 60
        case .day: 1440
        }
    }
}

public struct Timeseries: Codable, Sendable, Hashable {
    public struct Point: Codable, Sendable, Hashable {
        public var start: Timestamp
        /// A count; minor units for money.
        public var value: Int64
        /// Decimal string, for money.
        public var amount: String?

        public init(start: Timestamp, value: Int64, amount: String? = nil) {
            self.start = start
            self.value = value
            self.amount = amount
        }
    }
    public var metric: TimeseriesMetric
    public var bucket: TimeseriesBucket
    /// For money.
    public var currency: String?
    public var points: [Point]

    public init(metric: TimeseriesMetric, bucket: TimeseriesBucket, currency: String?, points: [Point]) {
        self.metric = metric
        self.bucket = bucket
        self.currency = currency
        self.points = points
    }
}
