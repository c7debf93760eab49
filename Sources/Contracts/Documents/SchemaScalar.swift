import Foundation
import Runtime

/// The types that are one JSON value, and samples of them.
enum SchemaScalar {
    /// How many different samples a picky type is offered.
    static let attempts = texts.count

    /// Samples of text in the order in which they are offered.
    private static let texts = [
        "", "1", "1.00", "USD", "2026-01-01T00:00:00Z", "a@example.com", "00000000-0000-7000-8000-000000000000", "https://example.com/",
        "text",
        "A", "{}",
    ]

    static func schema(of type: any Any.Type) -> JSONValue? {
        switch type {
        case is String.Type: ["type": "string"]
        case is Bool.Type: ["type": "boolean"]
        case is Int64.Type, is Int.Type, is UInt64.Type, is UInt.Type: ["type": "integer", "format": "int64"]
        case is any FixedWidthInteger.Type: ["type": "integer", "format": "int32"]
        case is Double.Type, is Float.Type, is Decimal.Type: ["type": "number"]
        case is Timestamp.Type, is Date.Type: ["type": "string", "format": "date-time"]
        case is Data.Type: ["type": "string", "contentEncoding": "base64"]
        case is UUID.Type: ["type": "string", "format": "uuid"]
        case is URL.Type: ["type": "string", "format": "uri"]
        default: nil
        }
    }

    static func enumValues(of type: any Any.Type) -> [JSONValue]? {
        guard let cases = type as? any CaseIterable.Type else { return nil }
        return values(of: cases)
    }

    private static func values<E: CaseIterable>(of type: E.Type) -> [JSONValue]? {
        let values: [JSONValue] = type.allCases.compactMap { value in
            guard let raw = (value as? any RawRepresentable)?.rawValue else { return nil }
            if let text = raw as? String { return .string(text) }
            return (raw as? any BinaryInteger).map { .int(Int64($0)) }
        }
        return values.isEmpty ? nil : values
    }

    static func text(for key: String?, attempt: Int) -> String {
        // A property's name often says what it wants; that guess comes first.
        if attempt == 0, let key {
            if key.hasSuffix("_at") { return "2026-01-01T00:00:00Z" }
            if key.hasSuffix("currency") { return "USD" }
            if key.hasSuffix("email") { return "a@example.com" }
            if key.hasSuffix("amount") || key.hasSuffix("price") || key.hasSuffix("total") { return "1.00" }
        }
        return texts[attempt % texts.count]
    }

    static func value<T>(_ type: T.Type, key: String?, attempt: Int) -> T? {
        switch type {
        case is String.Type: text(for: key, attempt: attempt) as? T
        case is Bool.Type: false as? T
        case is Timestamp.Type: Timestamp.epoch as? T
        case is Date.Type: Date(timeIntervalSince1970: 0) as? T
        case is Data.Type: Data() as? T
        case is UUID.Type: UUID(uuidString: "00000000-0000-7000-8000-000000000000") as? T
        case is URL.Type: URL(string: "https://example.com/") as? T
        case is Decimal.Type: Decimal(1) as? T
        case is Double.Type: 1.0 as? T
        case is Float.Type: Float(1) as? T
        case let integer as any FixedWidthInteger.Type: one(integer) as? T
        default: firstCase(type)
        }
    }

    private static func one<I: FixedWidthInteger>(_ type: I.Type) -> I { 1 }

    private static func firstCase<T>(_ type: T.Type) -> T? {
        func first<E: CaseIterable>(_ type: E.Type) -> E? { type.allCases.first }
        guard let cases = type as? any CaseIterable.Type else { return nil }
        return first(cases) as? T
    }
}
