/// Lists, dictionaries and optionals: described by what they contain, and empty as samples.
protocol SchemaWrapper {
    static func schema(by schemas: JSONSchema) -> JSONValue
    static var emptySample: Any { get }
}

extension Array: SchemaWrapper where Element: Decodable {
    static func schema(by schemas: JSONSchema) -> JSONValue { ["type": "array", "items": schemas.describe(Element.self, key: nil)] }
    static var emptySample: Any { [Element]() }
}

extension Set: SchemaWrapper where Element: Decodable {
    static func schema(by schemas: JSONSchema) -> JSONValue {
        ["type": "array", "uniqueItems": true, "items": schemas.describe(Element.self, key: nil)]
    }
    static var emptySample: Any { Set<Element>() }
}

extension Dictionary: SchemaWrapper where Key: Decodable, Value: Decodable {
    static func schema(by schemas: JSONSchema) -> JSONValue {
        ["type": "object", "additionalProperties": schemas.describe(Value.self, key: nil)]
    }
    static var emptySample: Any { [Key: Value]() }
}

extension Optional: SchemaWrapper where Wrapped: Decodable {
    static func schema(by schemas: JSONSchema) -> JSONValue { schemas.describe(Wrapped.self, key: nil) }
    static var emptySample: Any { Wrapped?.none as Any }
}
