/// Values of an array.
struct JSONArrayWriter: UnkeyedEncodingContainer {
    let text: JSONText
    let path: JSONPath?
    let array: JSONArray

    var codingPath: [any CodingKey] { path.keys }
    var count: Int { array.values.count }
    private var here: JSONPlace { path.at(JSONIndex(intValue: count)) }

    private func add(_ value: JSONElement) { array.values.append(value) }

    mutating func encodeNil() { add(text.add(word: "null")) }
    mutating func encode(_ value: Bool) { add(value ? text.add(word: "true") : text.add(word: "false")) }
    mutating func encode(_ value: String) { add(text.add(value)) }
    mutating func encode(_ value: Double) throws { add(try text.number(value, here)) }
    mutating func encode(_ value: Float) throws { add(try text.number(value, here)) }
    mutating func encode(_ value: Int) { add(text.add(Int64(value))) }
    mutating func encode(_ value: Int8) { add(text.add(Int64(value))) }
    mutating func encode(_ value: Int16) { add(text.add(Int64(value))) }
    mutating func encode(_ value: Int32) { add(text.add(Int64(value))) }
    mutating func encode(_ value: Int64) { add(text.add(Int64(value))) }
    mutating func encode(_ value: UInt8) { add(text.add(Int64(value))) }
    mutating func encode(_ value: UInt16) { add(text.add(Int64(value))) }
    mutating func encode(_ value: UInt32) { add(text.add(Int64(value))) }
    mutating func encode(_ value: UInt) { add(text.add(number: value.description)) }
    mutating func encode(_ value: UInt64) { add(text.add(number: value.description)) }
    mutating func encode<T: Encodable>(_ value: T) throws { add(try text.element(of: value, here)) }

    mutating func nestedContainer<Nested>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let nested = JSONObject()
        let path = JSONPath(here)
        add(.object(nested))
        return KeyedEncodingContainer(JSONObjectWriter<Nested>(text: text, path: path, object: nested))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let nested = JSONArray()
        let path = JSONPath(here)
        add(.array(nested))
        return JSONArrayWriter(text: text, path: path, array: nested)
    }

    mutating func superEncoder() -> any Encoder { fatalError("classes that inherit are not written as JSON here: compose values") }
}
