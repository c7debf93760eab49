/// Members of an object.
struct JSONObjectWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let text: JSONText
    let path: JSONPath?
    let object: JSONObject

    var codingPath: [any CodingKey] { path.keys }

    private func add(_ key: Key, _ value: JSONElement) { object.members.append((key.stringValue, value)) }

    mutating func encodeNil(forKey key: Key) { add(key, text.add(word: "null")) }
    mutating func encode(_ value: Bool, forKey key: Key) { add(key, value ? text.add(word: "true") : text.add(word: "false")) }
    mutating func encode(_ value: String, forKey key: Key) { add(key, text.add(value)) }
    mutating func encode(_ value: Double, forKey key: Key) throws { add(key, try text.number(value, path.at(key))) }
    mutating func encode(_ value: Float, forKey key: Key) throws { add(key, try text.number(value, path.at(key))) }
    mutating func encode(_ value: Int, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: Int8, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: Int16, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: Int32, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: Int64, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: UInt8, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: UInt16, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: UInt32, forKey key: Key) { add(key, text.add(Int64(value))) }
    mutating func encode(_ value: UInt, forKey key: Key) { add(key, text.add(number: value.description)) }
    mutating func encode(_ value: UInt64, forKey key: Key) { add(key, text.add(number: value.description)) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws { add(key, try text.element(of: value, path.at(key))) }

    mutating func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        let nested = JSONObject()
        add(key, .object(nested))
        return KeyedEncodingContainer(JSONObjectWriter<Nested>(text: text, path: JSONPath(path.at(key)), object: nested))
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let nested = JSONArray()
        add(key, .array(nested))
        return JSONArrayWriter(text: text, path: JSONPath(path.at(key)), array: nested)
    }

    mutating func superEncoder() -> any Encoder { fatalError("classes that inherit are not written as JSON here: compose values") }
    mutating func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
}
