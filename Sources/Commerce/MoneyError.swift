/// Why an amount of money is refused.
public enum MoneyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is not a decimal number such as `99.90`.
    case malformed(String)
    /// More decimal digits than the currency has; nothing is rounded in silence.
    case tooPrecise(String, Currency)
    /// Not a currency of ISO 4217.
    case unknownCurrency(String)
    /// Two currencies in one calculation.
    case currenciesDiffer(Currency, Currency)
    /// The result does not fit in 64 bits of minor units.
    case overflow
    /// More than one price, order, payment or refund may be: ``Money/minorUnitsMax``.
    case aboveBound(Currency)
    /// Shares were asked for without a positive weight, or with a negative one.
    case badWeights

    public var description: String {
        switch self {
        case .malformed(let text): "\"\(text.prefix(40))\" is not an amount: write a decimal number such as \"99.90\""
        case .tooPrecise(let text, let currency):
            "\"\(text.prefix(40))\" has more than the \(currency.exponent) decimal digits of \(currency.code)"
        case .unknownCurrency(let code): "\"\(code.prefix(10))\" is not a currency code of ISO 4217"
        case .currenciesDiffer(let a, let b): "\(a.code) and \(b.code) do not mix in one amount"
        case .overflow: "the amount is too large"
        case .aboveBound(let currency): "must be at most \(Money(minorUnits: Money.minorUnitsMax, currency: currency))"
        case .badWeights: "shares need weights that are not negative and not all zero"
        }
    }
}
