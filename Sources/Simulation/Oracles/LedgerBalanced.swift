import GRDB

/// A double-entry ledger: every posting comes to zero in each currency, and every balance is the sum of its entries.
public struct LedgerBalanced: Oracle {
    public let name = "ledger balanced"
    private let service: String
    private let openPosting: String
    private let wrongBalance: String?

    /// - Parameters:
    ///   - posting: columns that name a posting.
    ///   - accounts: table with `id` and `balance_minor`, named by the entries' `account_id`; nil where balances are not kept.
    public init(
        service: String = "payments", entries: String = "payments_entry", posting: [String] = ["payment_id", "posting"],
        accounts: String? = "payments_account"
    ) {
        self.service = service
        let columns = posting.joined(separator: ", ")
        let key = posting.joined(separator: " || '/' || ")
        openPosting = """
            SELECT \(key), currency, sum(amount_minor) FROM \(entries)
            GROUP BY \(columns), currency HAVING sum(amount_minor) <> 0 LIMIT 1
            """
        wrongBalance = accounts.map {
            """
            SELECT a.id, a.balance_minor, coalesce(sum(e.amount_minor), 0) AS entries FROM \($0) a
            LEFT JOIN \(entries) e ON e.account_id = a.id GROUP BY a.id HAVING a.balance_minor <> entries LIMIT 1
            """
        }
    }

    public func afterCommit(of service: String, _ view: LabView) throws {
        guard view.stores.store(service)?.service == self.service else { return }
        try check(view)
    }

    public func afterSettle(_ view: LabView) throws {
        guard view.has(service) else { return }
        try check(view)
        guard let wrongBalance, let row = try view.rows(service, wrongBalance).first else { return }
        try view.expect(
            false, "a balance is the sum of its entries",
            "account \(row[0] as Int64) says \(row[1] as Int64), its entries \(row[2] as Int64)")
    }

    private func check(_ view: LabView) throws {
        guard let row = try view.rows(service, openPosting).first else { return }
        let posting = LabImage.text(row.databaseValues.first!)
        try view.expect(false, "every posting comes to zero", "posting \(posting) leaves \(row[2] as Int64) \(row[1] as String)")
    }
}

extension Oracle where Self == LedgerBalanced {
    public static var ledgerBalanced: LedgerBalanced { LedgerBalanced() }
}
