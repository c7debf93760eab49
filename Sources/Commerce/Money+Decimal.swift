/// The form of money outside: a decimal string (`-?digits[.digits]`) beside a currency code.
extension Money: CustomStringConvertible {
    /// Reads an amount such as `"99.90"`, `"5"` or `"-0.5"`. Fewer decimal digits than the currency has are filled up with zeros.
    /// - Throws: ``MoneyError`` for other text, for more digits than the currency has, and for what 64 bits cannot hold.
    public init(_ decimal: String, _ currency: Currency) throws(MoneyError) {
        guard decimal.utf8.count <= Self.decimalBytesMax else { throw .malformed(decimal) }
        var value: Int64 = 0
        var wholeDigits = 0
        var fractionDigits = 0
        var seenPoint = false
        var negative = false
        for (index, byte) in decimal.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0:
                negative = true
            case UInt8(ascii: ".") where !seenPoint && wholeDigits > 0:
                seenPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if seenPoint { fractionDigits += 1 } else { wholeDigits += 1 }
                guard fractionDigits <= currency.exponent else { throw .tooPrecise(decimal, currency) }
                value = try Self.appending(Int64(byte - 48), to: value, negative: negative)
            default:
                throw .malformed(decimal)
            }
        }
        guard wholeDigits > 0, !seenPoint || fractionDigits > 0 else { throw .malformed(decimal) }
        for _ in fractionDigits..<currency.exponent { value = try Self.appending(0, to: value, negative: negative) }
        self.init(minorUnits: value, currency: currency)
    }

    /// Twice what 64 bits need: amounts are kept as they were written, and zeros in front must not make them long.
    private static let decimalBytesMax = 40

    /// The same with the currency's code as text.
    public init(_ decimal: String, _ code: String) throws(MoneyError) {
        guard let currency = Currency(code) else { throw .unknownCurrency(code) }
        try self.init(decimal, currency)
    }

    /// The amount with exactly the currency's decimal digits: `"99.90"`, `"500"` for JPY. Reading it back gives the same amount.
    public var decimal: String {
        let magnitude = minorUnits.magnitude
        let scale = UInt64(currency.minorUnitsPerMajor)
        let sign = minorUnits < 0 ? "-" : ""
        guard currency.exponent > 0 else { return sign + String(magnitude) }
        let fraction = String(magnitude % scale)
        return sign + String(magnitude / scale) + "." + String(repeating: "0", count: currency.exponent - fraction.utf8.count) + fraction
    }

    public var description: String { "\(decimal) \(currency.code)" }

    /// Digits are added with the amount's sign, so that the most negative number of minor units can be read back as well.
    private static func appending(_ digit: Int64, to value: Int64, negative: Bool) throws(MoneyError) -> Int64 {
        let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
        let (result, overflowedAgain) =
            negative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
        guard !overflowed, !overflowedAgain else { throw .overflow }
        return result
    }
}

/// `{"amount":"99.90","currency":"USD"}`.
extension Money: Codable {
    private enum CodingKeys: String, CodingKey { case amount, currency }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let currency = try container.decode(Currency.self, forKey: .currency)
        do {
            try self.init(try container.decode(String.self, forKey: .amount), currency)
        } catch let error as MoneyError {
            throw DecodingError.dataCorruptedError(forKey: .amount, in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(decimal, forKey: .amount)
        try container.encode(currency, forKey: .currency)
    }
}
