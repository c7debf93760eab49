import Commerce
import GRDB
import PaymentsAPI
import Runtime

/// Accounts and entries as staff see them.
enum LedgerReading {
    static func accounts(in db: Database) throws -> AccountList {
        let rows = try Row.fetchAll(db, sql: "SELECT id, code, currency, balance_minor FROM payments_account ORDER BY currency, code")
        return AccountList(items: rows.map { AccountView(id: $0[0], code: $0[1], currency: $0[2], balance: decimal($0[3], $0[2])) })
    }

    static func entries(of payment: Int64, in db: Database) throws -> EntryList {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT e.posting, a.code, e.amount_minor, e.currency, e.kind, e.created_at
                FROM payments_entry e JOIN payments_account a ON a.id = e.account_id
                WHERE e.payment_id = ? ORDER BY e.posting, e.line
                """, arguments: [payment])
        return EntryList(
            items: rows.map {
                EntryView(
                    posting: $0[0], account: $0[1], amount: decimal($0[2], $0[3]), currency: $0[3], kind: $0[4],
                    created_at: Timestamp(microseconds: $0[5]))
            })
    }

    static func decimal(_ minorUnits: Int64, _ currency: String) -> String {
        // Only known currencies are ever stored.
        guard let known = Currency(currency) else { return String(minorUnits) }
        return Money(minorUnits: minorUnits, currency: known).decimal
    }
}
