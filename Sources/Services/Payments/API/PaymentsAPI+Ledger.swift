import Contracts
import Runtime

extension PaymentsAPI {
    public static let ledgerAccounts = Endpoint<NoBody, AccountList>(
        .get, "/ledger/accounts", "listLedgerAccounts", summary: "Accounts of the ledger with their balances.", access: .staff)

    public static let ledgerCheck = Endpoint<NoBody, LedgerReport>(
        .get, "/ledger/check", "checkLedger",
        summary: "Adds up every entry again: postings and currencies must come to zero, and balances to what the entries say.",
        access: .staff)
}

public struct AccountList: Codable, Sendable, Hashable {
    public var items: [AccountView]

    public init(items: [AccountView]) { self.items = items }
}

/// An account of the ledger, in one currency.
public struct AccountView: Codable, Sendable, Hashable {
    public var id: Int64
    /// `processor_receivable`, `merchant_revenue`, `customer_refunds`.
    public var code: String
    public var currency: String
    /// Decimal string: debits less credits, so the balances of a currency come to zero.
    public var balance: String

    public init(id: Int64, code: String, currency: String, balance: String) {
        self.id = id
        self.code = code
        self.currency = currency
        self.balance = balance
    }
}

public struct EntryList: Codable, Sendable, Hashable {
    public var items: [EntryView]

    public init(items: [EntryView]) { self.items = items }
}

/// One side of a posting.
public struct EntryView: Codable, Sendable, Hashable {
    /// Counts the payment's postings from 1; entries of one posting come to zero.
    public var posting: Int
    public var account: String
    /// Decimal string: positive is a debit, negative a credit.
    public var amount: String
    public var currency: String
    /// `capture` or `refund`.
    public var kind: String
    public var created_at: Timestamp

    public init(posting: Int, account: String, amount: String, currency: String, kind: String, created_at: Timestamp) {
        self.posting = posting
        self.account = account
        self.amount = amount
        self.currency = currency
        self.kind = kind
        self.created_at = created_at
    }
}

/// What adding up the ledger found.
public struct LedgerReport: Codable, Sendable, Hashable {
    public var balanced: Bool
    public var entries: Int
    public var currencies: [CurrencyTotal]
    /// Each in a sentence; empty when `balanced`.
    public var findings: [String]

    public init(balanced: Bool, entries: Int, currencies: [CurrencyTotal], findings: [String]) {
        self.balanced = balanced
        self.entries = entries
        self.currencies = currencies
        self.findings = findings
    }
}

public struct CurrencyTotal: Codable, Sendable, Hashable {
    public var currency: String
    /// Sum of all entries: `0` with the currency's digits when the books are right.
    public var total: String
    public var captured: String
    public var refunded: String

    public init(currency: String, total: String, captured: String, refunded: String) {
        self.currency = currency
        self.total = total
        self.captured = captured
        self.refunded = refunded
    }
}
