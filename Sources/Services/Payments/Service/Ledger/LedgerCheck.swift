import GRDB
import PaymentsAPI

/// Adds the whole ledger up again and compares it with everything that is kept in step with it. Reads every entry: for staff and tests.
enum LedgerCheck {
    /// Findings of one kind that are reported; more of them say no more.
    private static let findingsMax = 20

    static func run(in db: Database) throws -> LedgerReport {
        var findings = [String]()
        func find(_ sql: String, _ sentence: (Row) -> String) throws {
            findings += try Row.fetchAll(db, sql: sql + " LIMIT \(findingsMax)").map(sentence)
        }
        try find(
            """
            SELECT payment_id, posting, currency, sum(amount_minor) FROM payments_entry
            GROUP BY payment_id, posting, currency HAVING sum(amount_minor) <> 0
            """
        ) { "Posting \($0[1] as Int) of payment \($0[0] as Int64) is \(LedgerReading.decimal($0[3], $0[2])) \($0[2] as String) off." }
        try find(
            """
            SELECT a.code, a.currency, a.balance_minor, coalesce(sum(e.amount_minor), 0) AS entries FROM payments_account a
            LEFT JOIN payments_entry e ON e.account_id = a.id GROUP BY a.id HAVING a.balance_minor <> entries
            """
        ) {
            """
            Account \($0[0] as String) says \(LedgerReading.decimal($0[2], $0[1])) \($0[1] as String), its entries say \
            \(LedgerReading.decimal($0[3], $0[1])).
            """
        }
        try find(
            """
            SELECT a.code, e.currency, count(*) FROM payments_entry e JOIN payments_account a ON a.id = e.account_id
            WHERE a.currency <> e.currency GROUP BY a.id, e.currency
            """
        ) { "Account \($0[0] as String) has \($0[2] as Int) entries in a foreign currency, \($0[1] as String)." }
        // What each payment says was collected and paid back must be what the ledger says.
        try find(
            """
            SELECT p.id, p.currency, p.captured_minor - p.refunded_minor,
              (SELECT coalesce(sum(e.amount_minor), 0) FROM payments_entry e
               JOIN payments_account a ON a.id = e.account_id AND a.code = '\(Ledger.Account.processorReceivable.rawValue)'
               WHERE e.payment_id = p.id) AS kept
            FROM payments_payment p WHERE p.captured_minor - p.refunded_minor <> kept
            """
        ) {
            """
            Payment \($0[0] as Int64) says \(LedgerReading.decimal($0[2], $0[1])) \($0[1] as String) were kept, the ledger says \
            \(LedgerReading.decimal($0[3], $0[1])).
            """
        }
        let entries = try Int.fetchOne(db, sql: "SELECT count(*) FROM payments_entry") ?? 0
        return LedgerReport(balanced: findings.isEmpty, entries: entries, currencies: try totals(in: db), findings: findings)
    }

    private static func totals(in db: Database) throws -> [CurrencyTotal] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT currency, sum(captured_minor), sum(refunded_minor),
                  (SELECT coalesce(sum(amount_minor), 0) FROM payments_entry e WHERE e.currency = p.currency)
                FROM payments_payment p GROUP BY currency ORDER BY currency
                """)
        return rows.map {
            CurrencyTotal(
                currency: $0[0], total: LedgerReading.decimal($0[3], $0[0]), captured: LedgerReading.decimal($0[1], $0[0]),
                refunded: LedgerReading.decimal($0[2], $0[0]))
        }
    }
}
