import AnalyticsAPI
import GRDB
import Runtime

/// The all-time row of `analytics_activity`.
struct ActivityTotals: Sendable {
    private(set) var events = 0
    private(set) var lastEventAt: Timestamp?
    private(set) var orders_placed = 0
    private(set) var orders_confirmed = 0
    private(set) var orders_rejected = 0
    private(set) var orders_cancelled = 0
    private(set) var orders_shipped = 0
    private(set) var orders_delivered = 0
    private(set) var payments_authorized = 0
    private(set) var payments_captured = 0
    private(set) var payments_declined = 0
    private(set) var users_registered = 0
    private(set) var notifications_sent = 0
    private(set) var notifications_failed = 0

    /// Zeros before the first event.
    static func fetch(in db: Database) throws -> ActivityTotals {
        var totals = ActivityTotals()
        guard let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM \(AnalyticsTables.live.activity) WHERE bucket = 0")) else {
            return totals
        }
        totals.events = row["events"]
        totals.lastEventAt = Timestamp(microseconds: row["last_event_at"])
        totals.orders_placed = row["orders_placed"]
        totals.orders_confirmed = row["orders_confirmed"]
        totals.orders_rejected = row["orders_rejected"]
        totals.orders_cancelled = row["orders_cancelled"]
        totals.orders_shipped = row["orders_shipped"]
        totals.orders_delivered = row["orders_delivered"]
        totals.payments_authorized = row["payments_authorized"]
        totals.payments_captured = row["payments_captured"]
        totals.payments_declined = row["payments_declined"]
        totals.users_registered = row["users_registered"]
        totals.notifications_sent = row["notifications_sent"]
        totals.notifications_failed = row["notifications_failed"]
        return totals
    }

    var hasPayments: Bool { payments_authorized + payments_captured + payments_declined > 0 }

    /// Each order is told of once for every status it reaches, and reaches one end; so the present status of all follows from the
    /// counts. Events of one order come in order; while several are on their way a count is at most early, never negative.
    var ordersByStatus: [String: Int] {
        [
            "pending": max(0, orders_placed - orders_confirmed - orders_rejected - orders_cancelled),
            "confirmed": max(0, orders_confirmed - orders_shipped), "shipped": max(0, orders_shipped - orders_delivered),
            "delivered": orders_delivered, "rejected": orders_rejected, "cancelled": orders_cancelled,
        ]
    }
}

/// The all-time rows of `analytics_money`, one a currency.
struct MoneyTotals: Sendable {
    let currency: String
    let confirmedMinor: Int64
    let confirmedOrders: Int64
    let capturedMinor: Int64
    let refundedMinor: Int64

    static func fetch(in db: Database) throws -> [MoneyTotals] {
        let sql = """
            SELECT currency, confirmed_minor, confirmed_orders, captured_minor, refunded_minor
            FROM \(AnalyticsTables.live.money) WHERE bucket = 0 ORDER BY currency
            """
        return try Row.fetchAll(db, sql: sql).map {
            MoneyTotals(currency: $0[0], confirmedMinor: $0[1], confirmedOrders: $0[2], capturedMinor: $0[3], refundedMinor: $0[4])
        }
    }

    /// Nil where nothing was earned or given back.
    func revenue(_ source: RevenueSource) -> Int64? {
        switch source {
        case .payments: capturedMinor == 0 && refundedMinor == 0 ? nil : capturedMinor - refundedMinor
        case .orders: confirmedOrders == 0 ? nil : confirmedMinor
        }
    }

    /// Rounded half up to a minor unit, without a sum that could be more than 64 bits.
    var averageConfirmed: Int64? {
        guard confirmedOrders > 0 else { return nil }
        let (quotient, remainder) = confirmedMinor.quotientAndRemainder(dividingBy: confirmedOrders)
        return remainder >= confirmedOrders - remainder ? quotient + 1 : quotient
    }
}

/// Rows of `analytics_item`.
struct ItemTotals: Sendable {
    let item: String
    let currency: String
    let productID: Int64?
    let name: String?
    let units: Int
    let lines: Int
    let valueMinor: Int64

    /// - Parameter key: `units`, or anything else for value.
    static func fetch(orderedBy key: String, limit: Int, in db: Database) throws -> [ItemTotals] {
        let column = key == "units" ? "units" : "value_minor"
        return try Row.fetchAll(
            db,
            sql: """
                SELECT item, currency, product_id, name, units, lines, value_minor FROM \(AnalyticsTables.live.item)
                ORDER BY \(column) DESC, item, currency LIMIT ?
                """, arguments: [limit]
        ).map {
            ItemTotals(item: $0[0], currency: $0[1], productID: $0[2], name: $0[3], units: $0[4], lines: $0[5], valueMinor: $0[6])
        }
    }

    var label: String { name ?? productID.map { "product \($0)" } ?? item }
}
