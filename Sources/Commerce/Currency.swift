/// A currency of ISO 4217: its code and how many decimal digits its minor unit has (0, 2 or 3).
///
///     Currency("USD")?.exponent    // 2: cents
///     Currency("JPY")?.exponent    // 0
///     Currency("usd")              // nil: codes are upper case, as on the wire
///
/// Funds, metals and test codes (`XAU`, `CLF`, `XXX`, …) are not money that anyone pays with and are not known here.
public struct Currency: Sendable, Hashable, CustomStringConvertible {
    /// Three capital letters, such as `USD`.
    public let code: String
    /// Decimal digits of the minor unit.
    public let exponent: Int

    /// Nil when `code` is not an active currency of ISO 4217.
    public init?(_ code: String) {
        if Self.withoutMinorUnit.contains(code) {
            exponent = 0
        } else if Self.withThreeDigits.contains(code) {
            exponent = 3
        } else if Self.withTwoDigits.contains(code) {
            exponent = 2
        } else {
            return nil
        }
        self.code = code
    }

    private init(known code: String, exponent: Int) {
        self.code = code
        self.exponent = exponent
    }

    public static let usd = Currency(known: "USD", exponent: 2)
    public static let eur = Currency(known: "EUR", exponent: 2)
    public static let gbp = Currency(known: "GBP", exponent: 2)
    public static let brl = Currency(known: "BRL", exponent: 2)
    public static let jpy = Currency(known: "JPY", exponent: 0)
    public static let kwd = Currency(known: "KWD", exponent: 3)

    /// Every known code, in alphabetical order.
    public static var allCodes: [String] { (withoutMinorUnit.union(withTwoDigits).union(withThreeDigits)).sorted() }

    public var description: String { code }

    /// How many minor units make one major unit: 100 for `USD`.
    public var minorUnitsPerMajor: Int64 {
        switch exponent {
        case 0: 1
        case 2: 100
        default: 1000
        }
    }
}

extension Currency: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let code = try container.decode(String.self)
        guard let currency = Currency(code) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(code)\" is not a currency of ISO 4217")
        }
        self = currency
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}

/// ISO 4217, list one (active codes of countries), by exponent of the minor unit.
extension Currency {
    private static let withoutMinorUnit: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let withThreeDigits: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
    private static let withTwoDigits: Set<String> = [
        "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD", "BND", "BOB", "BRL", "BSD", "BTN",
        "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB",
        "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR",
        "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
        "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP",
        "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
        "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST",
        "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG",
    ]
}
