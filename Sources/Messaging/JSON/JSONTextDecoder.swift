import Foundation

/// Reads one value of a document, as Foundation's JSONDecoder does by default: dates as `Date` decodes itself, bytes from base64.
struct JSONTextDecoder: Decoder {
    let document: JSONDocument
    let index: Int
    let place: JSONPlace

    var codingPath: [any CodingKey] { place.keys }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    private var node: JSONDocument.Node { document.nodes[index] }

    static func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T {
        let document: JSONDocument
        do {
            document = try JSONDocument(data)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "The data is not valid JSON: \(error.what), at byte \(error.offset)."))
        }
        return try JSONTextDecoder(document: document, index: 0, place: .root).value(type)
    }

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard node.kind == .object else { throw mismatch([String: Any].self, "an object") }
        return KeyedDecodingContainer(JSONObjectReader<Key>(document: document, index: index, path: JSONPath(place)))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard node.kind == .array else { throw mismatch([Any].self, "an array") }
        return JSONArrayReader(document: document, index: index, path: JSONPath(place))
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func value<T: Decodable>(_ type: T.Type) throws -> T {
        if T.self == Data.self {
            guard let data = Data(base64Encoded: try decode(String.self)) else { throw corrupted("the string is not base64") }
            return data as! T
        }
        if T.self == URL.self {
            guard let url = URL(string: try decode(String.self)) else { throw corrupted("the string is not a URL") }
            return url as! T
        }
        if T.self == Decimal.self {
            guard node.kind == .number, let number = Decimal(string: String(decoding: document.number(node), as: UTF8.self)) else {
                throw mismatch(T.self, "a number")
            }
            return number as! T
        }
        return try T(from: self)
    }

    private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "Expected \(expected), found \(node.kind.name).")
        return node.kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func corrupted(_ what: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(what)."))
    }
}

extension JSONTextDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { node.kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch node.kind {
        case .true: true
        case .false: false
        default: throw mismatch(type, "a boolean")
        }
    }

    func decode(_ type: String.Type) throws -> String {
        let node = node
        guard node.kind == .string || node.kind == .escapedString else { throw mismatch(type, "a string") }
        guard let text = document.text(node) else { throw corrupted("the string is not well-formed") }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double { try floating(type) }
    func decode(_ type: Float.Type) throws -> Float { try floating(type) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try value(type) }

    private func floating<T: BinaryFloatingPoint & LosslessStringConvertible>(_ type: T.Type) throws -> T {
        guard node.kind == .number else { throw mismatch(type, "a number") }
        guard let number = T(String(decoding: document.number(node), as: UTF8.self)), number.isFinite else {
            throw corrupted("the number does not fit \(type)")
        }
        return number
    }

    private func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        guard node.kind == .number else { throw mismatch(type, "a number") }
        let digits = document.number(node)
        if let number = Self.integer(digits, type) { return number }
        // 1.0 and 1e3 are integers too.
        guard let number = Double(String(decoding: digits, as: UTF8.self)), let exact = T(exactly: number) else {
            throw corrupted("the number does not fit \(type)")
        }
        return exact
    }

    /// Nil when it is too large or not written as digits only.
    private static func integer<T: FixedWidthInteger>(_ digits: UnsafeBufferPointer<UInt8>, _ type: T.Type) -> T? {
        let isNegative = digits.first == UInt8(ascii: "-")
        var number: T = 0
        for byte in isNegative ? digits[1...] : digits[0...] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, tooLarge) = number.multipliedReportingOverflow(by: 10)
            let digit = T(truncatingIfNeeded: byte - 0x30)
            let (sum, tooFar) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !tooLarge, !tooFar else { return nil }
            number = sum
        }
        return number
    }
}

extension JSONDocument.Kind {
    fileprivate var name: String {
        switch self {
        case .null: "null"
        case .true, .false: "a boolean"
        case .number: "a number"
        case .string, .escapedString: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
