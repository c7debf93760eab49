import Commerce
import GRDB
import PaymentsAPI
import Runtime
import Storage

/// The double-entry ledger: where money is, and where it came from. Nothing is ever changed, only added.
///
/// | Posting | Debit | Credit |
/// |---|---|---|
/// | capture | processor_receivable | merchant_revenue |
/// | refund | customer_refunds | processor_receivable |
enum Ledger {
    enum Account: String, CaseIterable {
        /// What the card processor owes us.
        case processorReceivable = "processor_receivable"
        /// What we earned by sales.
        case merchantRevenue = "merchant_revenue"
        /// What of it we paid back.
        case customerRefunds = "customer_refunds"
    }

    enum Kind: String {
        case capture, refund
    }

    struct Line {
        let account: Account
        /// Positive: debit; negative: credit.
        let amount: Money
    }

    /// A posting that would lose or invent money. Thrown before anything is written; the transaction is undone.
    struct Unbalanced: Error, CustomStringConvertible {
        let currency: Currency
        let difference: Int64
        var description: String { "the posting does not come to zero: \(difference) minor units of \(currency) are left over" }
    }

    /// Posts `amount` for a payment. An amount of zero moves nothing and posts nothing.
    static func post(_ kind: Kind, _ amount: Money, of payment: Int64, in tx: StoreTransaction) throws {
        guard !amount.isZero else { return }
        let opposite = try amount.negated()
        let (debit, credit): (Account, Account) =
            switch kind {
            case .capture: (.processorReceivable, .merchantRevenue)
            case .refund: (.customerRefunds, .processorReceivable)
            }
        try post(kind, [Line(account: debit, amount: amount), Line(account: credit, amount: opposite)], of: payment, in: tx)
    }

    /// - Throws: ``Unbalanced``, ``MoneyError``.
    static func post(_ kind: Kind, _ lines: [Line], of payment: Int64, in tx: StoreTransaction) throws {
        try requireBalance(lines)
        let posting = try tx.db.first("SELECT coalesce(max(posting), 0) + 1 FROM payments_entry WHERE payment_id = ?", payment) { row in
            row[0] as Int
        }
        for (index, line) in lines.enumerated() {
            let amount = seeded("ledger.balance-leaves-out-credits") && index > 0 ? Money.zero(line.amount.currency) : line.amount
            let account = try add(amount, to: line.account, in: tx.db)
            try tx.db.run(
                """
                INSERT INTO payments_entry(payment_id, posting, line, account_id, amount_minor, currency, kind, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, payment, posting, index + 1, account, line.amount.minorUnits, line.amount.currency.code, kind.rawValue,
                tx.now.microseconds)
        }
    }

    static func requireBalance(_ lines: [Line]) throws {
        var rest = lines[...]
        while let first = rest.first {
            let currency = first.amount.currency
            let sum = try Money.sum(rest.lazy.map(\.amount).filter { $0.currency == currency }, currency: currency)
            guard sum.isZero else { throw Unbalanced(currency: currency, difference: sum.minorUnits) }
            rest.removeAll { $0.amount.currency == currency }
        }
    }

    /// Keeps the account's balance in step with its entries, and opens the account when it is new.
    /// - Returns: the account's id.
    private static func add(_ amount: Money, to account: Account, in db: Database) throws -> Int64 {
        let (code, currency) = (account.rawValue, amount.currency.code)
        let known = try db.first("SELECT id FROM payments_account WHERE code = ? AND currency = ?", code, currency) { row in row[0] as Int64
        }
        if let known {
            try db.run("UPDATE payments_account SET balance_minor = balance_minor + ? WHERE id = ?", amount.minorUnits, known)
            return known
        }
        try db.run("INSERT INTO payments_account(code, currency, balance_minor) VALUES (?, ?, ?)", code, currency, amount.minorUnits)
        return db.lastInsertedRowID
    }
}
