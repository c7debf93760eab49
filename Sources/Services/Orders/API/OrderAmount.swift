/// The `amount` of an order: how many of a named item (a JSON integer), or a total in units of its currency (a decimal string).
public enum OrderAmount: Codable, Sendable, Hashable {
    case count(Int64)
    case total(String)
    /// A JSON number with a fraction; money never travels as one, so every form refuses it.
    case fraction(Double)

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A form failing only says that it is another one.
        if let count = try? container.decode(Int64.self) {
            self = .count(count)
        } else if let total = try? container.decode(String.self) {
            self = .total(total)
        } else if let fraction = try? container.decode(Double.self) {
            self = .fraction(fraction)
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be an integer or a decimal string")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .count(let count): try container.encode(count)
        case .total(let total): try container.encode(total)
        case .fraction(let fraction): try container.encode(fraction)
        }
    }
}
