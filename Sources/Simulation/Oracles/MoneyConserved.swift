import GRDB
import Messaging
import Runtime

/// What customers owe, what was collected, and what is still on its way come to the same: no money appears, none is lost.
///
/// Two services, two files, one log. At any time no more is collected than is due; when all has come to rest, each claim is settled to the
/// last unit, or its command is still in an outbox or in the log.
///
///     .moneyConserved                                               // the marketplace: orders and payments
///     MoneyConserved(
///         due: MoneyConserved.Books("hotel", "SELECT id, price_minor FROM booking WHERE status = 'sure'"),
///         collected: MoneyConserved.Books("till", "SELECT booking, sum(amount_minor) FROM charge GROUP BY booking"),
///         command: "Till.Charge.v1")
public struct MoneyConserved: Oracle {
    /// Amounts by claim, as one service keeps them.
    public struct Books: Sendable {
        let service: String
        let sql: String
        let total: String

        /// - Parameter sql: two columns, the claim's identifier and its amount in minor units; each claim once.
        public init(_ service: String, _ sql: String) {
            self.service = service
            self.sql = sql
            total = "SELECT coalesce(sum(minor), 0) FROM (SELECT NULL AS id, 0 AS minor WHERE 0 UNION ALL \(sql))"
        }
    }

    public let name = "money conserved"
    private let due: Books
    private let collected: Books
    private let command: String?
    private let held: (service: String, sql: String)?

    /// - Parameters:
    ///   - command: type of the message that tells the collecting service to collect; its subject is the claim's identifier.
    ///   - heldBy: a statement that counts what is held and neither collected nor given back; must be 0 at the end.
    public init(due: Books, collected: Books, command: String? = nil, heldBy sql: String? = nil) {
        self.due = due
        self.collected = collected
        self.command = command
        held = sql.map { (collected.service, $0) }
    }

    public func afterCommit(of service: String, _ view: LabView) throws {
        guard view.stores.store(service)?.service == collected.service || service == collected.service, view.has(due.service) else {
            return
        }
        let taken = try view.number(collected.service, collected.total)
        guard taken > 0 else { return }
        let owed = try view.number(due.service, due.total)
        try view.expect(taken <= owed, "no more collected than is due", "\(taken) collected, \(owed) due")
    }

    public func afterSettle(_ view: LabView) throws {
        guard view.has(due.service), view.has(collected.service) else { return }
        let owed = try amounts(due, view)
        var taken = try amounts(collected, view)
        for (claim, minor) in owed.sorted(by: { $0.key < $1.key }) {
            let got = taken.removeValue(forKey: claim) ?? 0
            if got == 0, try isOnItsWay(claim, view) { continue }
            try view.expect(
                got == minor, "\(due.service) \(claim) is due \(minor), so \(minor) are collected",
                "\(collected.service) has collected \(got)")
        }
        if let (claim, minor) = taken.filter({ $0.value != 0 }).min(by: { $0.key < $1.key }) {
            try view.expect(false, "nothing is collected that is not due", "\(collected.service) has collected \(minor) for \(claim)")
        }
        guard let held else { return }
        let open = try view.number(held.service, held.sql)
        try view.expect(open == 0, "nothing is held once all has come to rest", "\(open) amounts are neither collected nor given back")
    }

    private func amounts(_ books: Books, _ view: LabView) throws -> [String: Int64] {
        var amounts = [String: Int64]()
        for row in try view.rows(books.service, books.sql) {
            amounts[LabImage.text(row.databaseValues.first!)] = Int64.fromDatabaseValue(row.databaseValues.last!) ?? 0
        }
        return amounts
    }

    private func isOnItsWay(_ claim: String, _ view: LabView) throws -> Bool {
        guard let command else { return false }
        let waiting = try view.number(due.service, "SELECT count(*) FROM outbox WHERE type = ? AND subject = ?", [command, claim])
        if waiting > 0, let last = try lastInLog(claim, command, view) { return view.isInFlight(last) }
        if waiting > 0 { return true }
        return try lastInLog(claim, command, view).map(view.isInFlight) ?? false
    }

    private func lastInLog(_ claim: String, _ command: String, _ view: LabView) throws -> LoggedMessage? {
        try view.loggedMessages().last { $0.message.type == command && $0.message.subject == claim }
    }
}

extension Oracle where Self == MoneyConserved {
    /// The marketplace's: confirmed orders against captured payments, with no authorisation left open.
    public static var moneyConserved: MoneyConserved {
        MoneyConserved(
            due: MoneyConserved.Books(
                "orders",
                "SELECT CAST(id AS TEXT), total_minor FROM orders_order WHERE status IN ('confirmed', 'shipped', 'delivered') AND total_minor > 0"
            ),
            collected: MoneyConserved.Books(
                "payments",
                "SELECT order_id, sum(captured_minor - refunded_minor) FROM payments_payment WHERE captured_minor > 0 GROUP BY order_id"),
            command: "Payment.Capture.v1", heldBy: "SELECT count(*) FROM payments_payment WHERE status = 'authorized'")
    }
}
