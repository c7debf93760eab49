import Foundation
import Runtime
import Synchronization

/// JSON schemas (2020-12) of Codable types, found by letting each type decode from a probe that notes what it asks for.
///
///     let schemas = JSONSchema()
///     let reference = schemas.schema(of: OrderView.self)      // {"$ref": "#/components/schemas/OrderView"}
///     let all = schemas.components
///
/// Types with keys become components; optional properties are not required; enums with raw values that are `CaseIterable` list them.
/// A type that refuses every sample the probe offers is described as far as it got. A type whose schema cannot be seen this way says
/// it itself: ``JSONSchemaDescribing``.
///
/// Not thread safe.
public final class JSONSchema {
    /// Component schemas by name.
    public private(set) var components = [String: JSONValue]()
    private var known = [ObjectIdentifier: JSONValue]()
    private var typeOfName = [String: ObjectIdentifier]()

    public init() {}

    public func schema(of type: any Decodable.Type) -> JSONValue { describe(type, key: nil) }

    /// The values that an enum-like property admits, for error messages; nil when it is none.
    /// - Parameter path: property names; nil steps into a list.
    public static func allowedValues(at path: [String?], in type: any Decodable.Type) -> [String]? {
        let schemas = JSONSchema()
        var schema = schemas.resolve(schemas.schema(of: type))
        for step in path {
            let next = step.map { schema["properties"]?[$0] ?? schema["additionalProperties"] } ?? schema["items"]
            guard let next = next ?? nil else { return nil }
            schema = schemas.resolve(next)
        }
        return schema["enum"]?.arrayValue?.compactMap { $0.stringValue ?? $0.intValue.map(String.init) }
    }

    /// What a reference refers to; any other schema as it is.
    public func resolve(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"]?.stringValue, let name = reference.split(separator: "/").last else { return schema }
        return components[String(name)] ?? schema
    }

    func describe(_ type: any Decodable.Type, key: String?) -> JSONValue {
        if let simple = SchemaScalar.schema(of: type) { return simple }
        if let found = known[ObjectIdentifier(type)] { return found }
        if let own = type as? any JSONSchemaDescribing.Type { return own.jsonSchema }
        if let wrapper = type as? any SchemaWrapper.Type { return wrapper.schema(by: self) }
        if let values = SchemaScalar.enumValues(of: type) {
            return ["type": values.first?.stringValue == nil ? "integer" : "string", "enum": .array(values)]
        }
        let name = componentName(of: type)
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
        // Known before it is described: a tree contains itself.
        known[ObjectIdentifier(type)] = reference
        let notes = SchemaNotes()
        _ = sample(type, notes: notes)
        switch notes.shape {
        case .object:
            var schema: JSONValue = ["type": "object", "properties": .object(notes.properties)]
            let required = notes.required.sorted()
            if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
            components[name] = schema
            return reference
        case .array(let items):
            known[ObjectIdentifier(type)] = ["type": "array", "items": items]
        case .single(let schema):
            known[ObjectIdentifier(type)] = schema
        case .unknown:
            // It asked for nothing: an empty object.
            components[name] = ["type": "object"]
        }
        return known[ObjectIdentifier(type)]!
    }

    /// A value of `type`, tried with different samples until one is accepted.
    func sample<T: Decodable>(_ type: T.Type, notes: SchemaNotes, key: String? = nil) -> T? {
        for attempt in 0..<SchemaScalar.attempts {
            if notes.depth > 40 { return nil }
            let decoder = SchemaProbe(schemas: self, notes: notes, key: key, attempt: attempt)
            // A refusal is expected: the next attempt offers another sample.
            if let value = try? T(from: decoder) { return value }
        }
        return nil
    }

    private func componentName(of type: any Any.Type) -> String {
        // Page<OrderView> becomes Page_OrderView; a name that another type has already gets a number.
        let plain = String(describing: type).split { !$0.isLetter && !$0.isNumber && $0 != "_" }.joined(separator: "_")
        var name = plain
        var number = 2
        while let owner = typeOfName[name], owner != ObjectIdentifier(type) {
            name = "\(plain)\(number)"
            number += 1
        }
        typeOfName[name] = ObjectIdentifier(type)
        return name
    }
}

/// A type that says its schema itself.
public protocol JSONSchemaDescribing {
    static var jsonSchema: JSONValue { get }
}

extension JSONValue: JSONSchemaDescribing {
    /// Anything.
    public static var jsonSchema: JSONValue { .object([:]) }
}

/// What a type asked its decoder for.
final class SchemaNotes {
    enum Shape {
        case unknown, object
        case array(JSONValue)
        case single(JSONValue)
    }
    var shape = Shape.unknown
    var properties = [String: JSONValue]()
    var required = Set<String>()
    let depth: Int

    init(depth: Int = 0) { self.depth = depth }

    func note(_ key: String, _ schema: JSONValue, isRequired: Bool) {
        shape = .object
        properties[key] = schema
        if isRequired { required.insert(key) }
    }
}
