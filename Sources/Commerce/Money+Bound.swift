/// How much one amount may be.
///
/// Money is added up in columns and counters of 64 bits: accounts of the ledger, revenue, the value of what was sold. None of them can
/// be filled up by one order; it takes nine million of the largest ones.
extension Money {
    /// Minor units of one price, order, payment or refund, at most: ten billion dollars in cents. Sums of many may be more.
    public static let minorUnitsMax: Int64 = 1_000_000_000_000

    /// Reads an amount that somebody offers or asks for.
    /// - Throws: ``MoneyError`` as the unbounded initialiser does, and ``MoneyError/aboveBound(_:)``.
    public init(bounded decimal: String, _ currency: Currency) throws(MoneyError) {
        let money: Money
        do {
            money = try Money(decimal, currency)
        } catch {
            guard case .overflow = error else { throw error }
            throw .aboveBound(currency)
        }
        guard money.minorUnits.magnitude <= Self.minorUnitsMax.magnitude else { throw .aboveBound(currency) }
        self = money
    }

    /// The same with the currency's code as text.
    public init(bounded decimal: String, _ code: String) throws(MoneyError) {
        guard let currency = Currency(code) else { throw .unknownCurrency(code) }
        try self.init(bounded: decimal, currency)
    }
}
