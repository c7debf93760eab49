import GRDB
import Runtime

/// A copy that one service keeps of another's data is the same once all has come to rest.
///
///     MirrorEqualsMaster(
///         "addresses are up to date", master: ("users", "SELECT id, email FROM users_user"),
///         mirror: ("mail", "SELECT user_id, email FROM contact"))
public struct MirrorEqualsMaster: Oracle {
    public typealias Side = (service: String, sql: String)

    public let name: String
    private let master: Side
    private let mirror: Side

    /// - Parameters:
    ///   - master: the rows as their owner has them.
    ///   - mirror: the same columns in the same order. The order of rows does not matter; `1` and `'1'` are equal.
    public init(_ name: String, master: Side, mirror: Side) {
        self.name = name
        self.master = master
        self.mirror = mirror
    }

    public func afterSettle(_ view: LabView) throws {
        guard view.has(master.service), view.has(mirror.service) else { return }
        func rows(_ side: Side) throws -> Set<String> {
            Set(try view.rows(side.service, side.sql).map { $0.databaseValues.map(LabImage.text).joined(separator: " | ") })
        }
        let (original, copy) = (try rows(master), try rows(mirror))
        guard original != copy else { return }
        let missing = original.subtracting(copy).min().map { "\(mirror.service) lacks \($0)" }
        let surplus = copy.subtracting(original).min().map { "\(mirror.service) has \($0), which \(master.service) has not" }
        try view.expect(
            false, "\(mirror.service) has the \(original.count) rows of \(master.service)",
            [missing, surplus].compactMap(\.self).joined(separator: "; "))
    }
}

extension Oracle where Self == MirrorEqualsMaster {
    /// Notifications keeps the addresses of users.
    public static var contactsMirrorUsers: MirrorEqualsMaster {
        MirrorEqualsMaster(
            "contacts mirror users", master: ("users", "SELECT id, email, full_name FROM users_user"),
            mirror: ("notifications", "SELECT user_id, email, full_name FROM notifications_contact"))
    }

    /// Analytics has the revenue that payments collected and paid back.
    public static var revenueEqualsPayments: MirrorEqualsMaster {
        MirrorEqualsMaster(
            "revenue equals payments",
            master: (
                "payments",
                """
                SELECT currency, sum(captured_minor) AS captured, sum(refunded_minor) FROM payments_payment GROUP BY currency
                HAVING captured > 0
                """
            ),
            mirror: (
                "analytics",
                "SELECT currency, captured_minor, refunded_minor FROM analytics_money WHERE bucket = 0 AND captured_minor > 0"
            ))
    }

    /// Orders that are confirmed have their goods, and no others have.
    public static var confirmedOrdersHaveGoods: MirrorEqualsMaster {
        MirrorEqualsMaster(
            "confirmed orders have their goods",
            master: (
                "orders",
                """
                SELECT product_id, order_id, sum(quantity) FROM orders_orderitem JOIN orders_order ON orders_order.id = order_id
                WHERE product_id IS NOT NULL AND status IN ('confirmed', 'shipped', 'delivered') GROUP BY product_id, order_id
                """
            ),
            mirror: (
                "catalog",
                """
                SELECT product_id, l.order_id, quantity FROM products_reservation_line l
                JOIN products_reservation r ON r.order_id = l.order_id WHERE r.status IN ('committed', 'reserved', 'backordered')
                """
            ))
    }
}
