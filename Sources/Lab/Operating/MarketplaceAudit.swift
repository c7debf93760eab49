import Foundation
import GRDB
import NotificationsAPI

/// Checks a marketplace's promises over all its files at once: no order lost, each effect once, stock and money exact.
///
/// Reads the databases from outside. Exact only when nothing is on its way: after `labctl wait quiet`, or on a lab that was quiet when it stopped.
public struct MarketplaceAudit: Sendable {
    public let directory: DataDirectory

    public init(directory: DataDirectory) { self.directory = directory }

    /// Pieces on hand by product.
    public func stock() throws -> [Int64: Int] {
        let rows = try rows("catalog", "SELECT product_id AS key, on_hand AS value FROM products_inventory")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["key"], $0["value"]) })
    }

    public func confirmedOrders() throws -> Int { try number("orders", "SELECT count(*) FROM orders_order WHERE \(Self.isConfirmed)") }

    /// Everything that is not as it must be, in sentences; empty when all promises were kept.
    /// - Parameters:
    ///   - accepted: orders that clients were told of, by idempotency key.
    ///   - stockBefore: on hand before those orders.
    public func violations(accepted: [String: Int64], stockBefore: [Int64: Int]) throws -> [String] {
        var found = [String]()
        try orders(accepted, &found)
        try payments(&found)
        try ledger(&found)
        try stock(stockBefore, accepted, &found)
        try notifications(&found)
        try analytics(&found)
        return found
    }

    private static let isConfirmed = "status IN ('confirmed', 'shipped', 'delivered')"

    private func orders(_ accepted: [String: Int64], _ found: inout [String]) throws {
        let status = Dictionary(
            uniqueKeysWithValues: try rows("orders", "SELECT id, status FROM orders_order").map {
                ($0["id"] as Int64, $0["status"] as String)
            })
        for (key, id) in accepted.sorted(by: { $0.value < $1.value }) {
            guard let status = status[id] else {
                found.append("order \(id) (\(key)) was accepted and is gone")
                continue
            }
            if ["pending", "reserved", "paid"].contains(status) { found.append("order \(id) is still \(status)") }
        }
        let twice = Dictionary(grouping: accepted, by: \.value).filter { $0.value.count > 1 }
        for (id, keys) in twice.sorted(by: { $0.key < $1.key }) { found.append("order \(id) answers \(keys.count) different requests") }
        for service in directory.databases() {
            let open = try number(service, "SELECT count(*) FROM sagas WHERE status IN ('running', 'compensating')")
            if open > 0 { found.append("\(service): \(open) sagas have not ended") }
        }
    }

    /// One captured payment, of the right amount, for each confirmed order; none for the others.
    private func payments(_ found: inout [String]) throws {
        let orders = try rows("orders", "SELECT CAST(id AS TEXT) AS id, total_minor, \(Self.isConfirmed) AS confirmed FROM orders_order")
        let captured = Dictionary(
            grouping: try rows(
                "payments", "SELECT order_id, captured_minor - refunded_minor AS minor FROM payments_payment WHERE captured_minor > 0"),
            by: { $0["order_id"] as String })
        for order in orders {
            let id: String = order["id"]
            let payments = captured[id] ?? []
            let isDue = order["confirmed"] as Bool && (order["total_minor"] as Int64) > 0
            if !isDue, !payments.isEmpty {
                found.append("order \(id) is not confirmed, and captured are \(Spelling.count(payments.count, "payment"))")
            }
            if isDue, payments.count != 1 { found.append("order \(id) is confirmed with \(payments.count) captured payments") }
            if isDue, let payment = payments.first, payment["minor"] as Int64 != order["total_minor"] as Int64 {
                found.append("order \(id) costs \(order["total_minor"] as Int64), captured were \(payment["minor"] as Int64)")
            }
        }
        let held = try number("payments", "SELECT count(*) FROM payments_payment WHERE status = 'authorized'")
        if held > 0 { found.append("\(held) payments are authorised and neither captured nor voided") }
    }

    private func ledger(_ found: inout [String]) throws {
        let postings = try number(
            "payments",
            "SELECT count(*) FROM (SELECT 1 FROM payments_entry GROUP BY payment_id, posting, currency HAVING sum(amount_minor) <> 0)")
        if postings > 0 { found.append("\(postings) postings of the ledger do not come to zero") }
        let accounts = try number(
            "payments",
            """
            SELECT count(*) FROM payments_account a
            WHERE balance_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM payments_entry e WHERE e.account_id = a.id)
            """)
        if accounts > 0 { found.append("\(accounts) balances differ from the sum of their entries") }
        let revenue = try number("payments", "SELECT coalesce(sum(captured_minor), 0) FROM payments_payment")
        let due = try number("orders", "SELECT coalesce(sum(total_minor), 0) FROM orders_order WHERE \(Self.isConfirmed)")
        if revenue != due { found.append("confirmed orders cost \(due), captured were \(revenue)") }
    }

    /// What is missing from the shelves is what confirmed orders took, and nothing is held any more.
    private func stock(_ before: [Int64: Int], _ accepted: [String: Int64], _ found: inout [String]) throws {
        let held = try number("catalog", "SELECT count(*) FROM products_inventory WHERE reserved <> 0")
        if held > 0 { found.append("stock of \(held) products is still held by orders") }
        let taken = Dictionary(
            uniqueKeysWithValues: try rows(
                "orders",
                """
                SELECT product_id AS key, sum(quantity) AS value FROM orders_orderitem
                JOIN orders_order ON orders_order.id = order_id
                WHERE product_id IS NOT NULL AND \(Self.isConfirmed)
                  AND order_id IN (\(accepted.isEmpty ? "NULL" : accepted.values.map(String.init).joined(separator: ",")))
                GROUP BY product_id
                """
            ).map { ($0["key"] as Int64, $0["value"] as Int) })
        let now = try stock()
        for (product, count) in before.sorted(by: { $0.key < $1.key }) {
            let expected = count - (taken[product] ?? 0)
            if now[product] != expected { found.append("product \(product): \(now[product] ?? 0) on hand, \(expected) expected") }
        }
    }

    /// One notification for each confirmed order, handed to a provider once on each channel.
    private func notifications(_ found: inout [String]) throws {
        let told = try number(
            "notifications", "SELECT count(*) FROM notifications_notification WHERE kind = '\(NotificationKind.orderConfirmed)'")
        let confirmed = try confirmedOrders()
        if told != confirmed { found.append("\(confirmed) orders are confirmed, \(told) notifications say so") }
        let twice = try number(
            "notifications",
            "SELECT count(*) FROM (SELECT 1 FROM notifications_mailbox GROUP BY notification_id, channel HAVING count(*) > 1)")
        if twice > 0 { found.append("\(twice) messages were sent more than once") }
        let waiting = try number("notifications", "SELECT count(*) FROM notifications_delivery WHERE status = 'queued'")
        if waiting > 0 { found.append("\(waiting) messages wait to be sent") }
    }

    private func analytics(_ found: inout [String]) throws {
        guard let counted = try rows("analytics", "SELECT * FROM analytics_activity WHERE bucket = 0").first else {
            let orders = try number("orders", "SELECT count(*) FROM orders_order")
            if orders > 0 { found.append("analytics has counted nothing") }
            return
        }
        func compare(_ column: String, _ expected: Int) {
            let value: Int = counted[column]
            if value != expected { found.append("analytics counts \(value) \(column), there are \(expected)") }
        }
        compare("orders_placed", try number("orders", "SELECT count(*) FROM orders_order"))
        compare("orders_confirmed", try confirmedOrders())
        compare("payments_captured", try number("payments", "SELECT count(*) FROM payments_payment WHERE captured_minor > 0"))
        compare("users_registered", try number("users", "SELECT count(*) FROM users_user"))
    }

    private func number(_ service: String, _ sql: String) throws -> Int {
        try SQLConsole.connection(directory.database(of: service)).read { try Int.fetchOne($0, sql: sql) ?? 0 }
    }

    private func rows(_ service: String, _ sql: String) throws -> [Row] {
        try SQLConsole.connection(directory.database(of: service)).read { try Row.fetchAll($0, sql: sql) }
    }
}
