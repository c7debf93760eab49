/// An exact amount of one currency: a whole number of minor units, never a floating-point number.
///
///     let price = try Money("99.90", "USD")       // 9990 minor units
///     let total = try price * 3                   // 299.70 USD
///     let parts = try total.split(into: 4)        // 74.93 74.93 74.92 74.92: the sum is exact
///
/// Outside it is a decimal string and a code (`"99.90"`, `"USD"`), inside an `Int64`. Arithmetic throws ``MoneyError`` on overflow and
/// on mixed currencies, so that no result is ever silently wrong. There is no `<`: amounts of two currencies have no order.
public struct Money: Sendable, Hashable {
    /// Whole minor units: cents for `USD`. May be negative.
    public let minorUnits: Int64
    public let currency: Currency

    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    public static func zero(_ currency: Currency) -> Money { Money(minorUnits: 0, currency: currency) }

    public var isZero: Bool { minorUnits == 0 }
    public var isNegative: Bool { minorUnits < 0 }
    public var isPositive: Bool { minorUnits > 0 }

    public static func + (a: Money, b: Money) throws(MoneyError) -> Money {
        try a.combined(with: b) { $0.addingReportingOverflow($1) }
    }

    public static func - (a: Money, b: Money) throws(MoneyError) -> Money {
        try a.combined(with: b) { $0.subtractingReportingOverflow($1) }
    }

    public static func * (a: Money, quantity: Int) throws(MoneyError) -> Money {
        let (product, overflow) = a.minorUnits.multipliedReportingOverflow(by: Int64(quantity))
        guard !overflow else { throw .overflow }
        return Money(minorUnits: product, currency: a.currency)
    }

    public func negated() throws(MoneyError) -> Money { try Money.zero(currency) - self }

    /// The exact sum; zero of `currency` for no amounts.
    public static func sum(_ amounts: some Sequence<Money>, currency: Currency) throws(MoneyError) -> Money {
        var total = Money.zero(currency)
        for amount in amounts { total = try total + amount }
        return total
    }

    private func combined(
        with other: Money, _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currenciesDiffer(currency, other.currency) }
        let (value, overflow) = operation(minorUnits, other.minorUnits)
        guard !overflow else { throw .overflow }
        return Money(minorUnits: value, currency: currency)
    }
}
