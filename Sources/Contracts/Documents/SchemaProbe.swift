/// A decoder that notes what it is asked for and answers with samples.
struct SchemaProbe: Decoder {
    let schemas: JSONSchema
    let notes: SchemaNotes
    /// Property that is being decoded, if any.
    let key: String?
    let attempt: Int
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        if case .unknown = notes.shape { notes.shape = .object }
        return KeyedDecodingContainer(KeyedProbe<Key>(probe: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { UnkeyedProbe(probe: self) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleProbe(probe: self) }

    /// A sample of a nested value.
    func nested<T: Decodable>(_ type: T.Type, key: String?) throws -> T {
        if let value = SchemaScalar.value(type, key: key, attempt: attempt) { return value }
        if let wrapper = type as? any SchemaWrapper.Type, let empty = wrapper.emptySample as? T { return empty }
        if let value = schemas.sample(type, notes: SchemaNotes(depth: notes.depth + 1), key: key) { return value }
        throw NoSample()
    }

    /// Nothing that the probe offers is accepted.
    struct NoSample: Error {}
}

private struct KeyedProbe<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let probe: SchemaProbe
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }

    func decodeNil(forKey key: Key) throws -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        probe.notes.note(key.stringValue, probe.schemas.describe(type, key: key.stringValue), isRequired: !(type is any OptionalType.Type))
        return try probe.nested(type, key: key.stringValue)
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        probe.notes.note(key.stringValue, probe.schemas.describe(type, key: key.stringValue), isRequired: false)
        return nil
    }

    // The standard library calls these concrete overloads for synthesised code.
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try scalar(type, key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try scalar(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try scalar(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try scalar(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try scalar(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try scalar(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try scalar(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try scalar(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try scalar(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try scalar(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try scalar(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try scalar(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try scalar(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try scalar(type, key) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { absent(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { absent(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { absent(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { absent(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { absent(type, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { absent(type, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { absent(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { absent(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { absent(type, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { absent(type, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { absent(type, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { absent(type, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { absent(type, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { absent(type, key) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw SchemaProbe.NoSample()
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw SchemaProbe.NoSample() }
    func superDecoder() throws -> any Decoder { throw SchemaProbe.NoSample() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw SchemaProbe.NoSample() }

    private func scalar<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T {
        probe.notes.note(key.stringValue, probe.schemas.describe(type, key: key.stringValue), isRequired: true)
        return try probe.nested(type, key: key.stringValue)
    }

    private func absent<T: Decodable>(_ type: T.Type, _ key: Key) -> T? {
        probe.notes.note(key.stringValue, probe.schemas.describe(type, key: key.stringValue), isRequired: false)
        return nil
    }
}

private struct UnkeyedProbe: UnkeyedDecodingContainer {
    let probe: SchemaProbe
    var codingPath: [any CodingKey] { [] }
    /// One element is enough to see what elements look like.
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex >= 1 }
    var currentIndex = 0

    init(probe: SchemaProbe) { self.probe = probe }

    mutating func decodeNil() throws -> Bool { false }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        currentIndex += 1
        probe.notes.shape = .array(probe.schemas.describe(type, key: nil))
        return try probe.nested(type, key: nil)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        throw SchemaProbe.NoSample()
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw SchemaProbe.NoSample() }
    mutating func superDecoder() throws -> any Decoder { throw SchemaProbe.NoSample() }
}

private struct SingleProbe: SingleValueDecodingContainer {
    let probe: SchemaProbe
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // The first question tells the wire form; later ones are a type trying its alternatives.
        if case .unknown = probe.notes.shape { probe.notes.shape = .single(probe.schemas.describe(type, key: nil)) }
        return try probe.nested(type, key: probe.key)
    }
}

/// Optional, whatever it wraps.
protocol OptionalType {}
extension Optional: OptionalType {}
