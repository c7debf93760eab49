import Contracts
import Foundation

/// From a request's bytes to a validated value, or to a problem that names what is wrong in the client's own terms.
enum RequestBodyReading {
    static let bytesMax = 1 << 20

    static func read<T: Decodable>(_ type: T.Type, from body: Data) throws -> T {
        // A body of which every field may be absent may be absent itself: it is read as {}.
        guard !body.isEmpty || (try? JSONCoding.decode(type, from: Data("{}".utf8))) != nil else {
            throw Problem.badRequest(code: "body_missing", detail: "This endpoint needs a JSON body.")
        }
        let body = body.isEmpty ? Data("{}".utf8) : body
        let value: T
        do {
            value = try JSONCoding.decode(type, from: body)
        } catch let error as DecodingError {
            throw problem(for: error, type: type, body: body)
        }
        if let value = value as? any Validatable {
            let errors = Validation.errors(of: value)
            guard errors.isEmpty else { throw Problem.unprocessable(errors: errors) }
        }
        return value
    }

    static func problem(for error: DecodingError, type: any Decodable.Type, body: Data) -> Problem {
        switch error {
        case .keyNotFound(let key, let context):
            return .unprocessable(field: path(context.codingPath + [key]), "is required")
        case .valueNotFound(_, let context):
            return .unprocessable(field: path(context.codingPath), "must not be null")
        case .typeMismatch(let expected, let context):
            return .unprocessable(field: path(context.codingPath), "must be \(name(of: expected))")
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty { return notDecodable(body, type: type) }
            return .unprocessable(field: path(context.codingPath), reason(context, type: type))
        @unknown default:
            return .badRequest(code: "malformed_json", detail: "The body cannot be read.")
        }
    }

    /// `lines[0].quantity`.
    private static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        return text
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type, is any Numeric.Type: "a number"
        case is [Any].Type: "a list"
        case is [String: Any].Type: "an object"
        default: "\(type)".hasPrefix("Array") ? "a list" : "\(type)".hasPrefix("Dictionary") ? "an object" : "of another type"
        }
    }

    /// Own types say "must be …"; what Foundation says names Swift types, which is nothing for strangers.
    private static func reason(_ context: DecodingError.Context, type: any Decodable.Type) -> String {
        let said = context.debugDescription
        if said.hasPrefix("must ") { return said }
        if said.contains("not representable") || said.contains("does not fit") { return "must be a whole number within range" }
        if let allowed = JSONSchema.allowedValues(at: context.codingPath.map { $0.intValue == nil ? $0.stringValue : nil }, in: type) {
            return "must be one of " + allowed.joined(separator: ", ")
        }
        return "is not a valid value"
    }

    /// Foundation says "not valid JSON" for a wrong character and for a number that does not fit alike.
    private static func notDecodable(_ body: Data, type: any Decodable.Type) -> Problem {
        if let mistake = JSONSyntax.mistake(in: Array(body)) {
            return .badRequest(code: "malformed_json", detail: "The body is not valid JSON, \(mistake).")
        }
        let schemas = JSONSchema()
        // Text that is JSON and still does not decode as JSON has a number beyond all types.
        if let value = try? JSONCoding.decode(JSONValue.self, from: body),
            let field = misfit(value, schemas.schema(of: type), schemas, path: "")
        {
            return .unprocessable(field: field, "must be a whole number within range")
        }
        return .badRequest(code: "malformed_json", detail: "The body has a number or a character that cannot be represented.")
    }

    /// The first number that is not whole where a whole one belongs.
    private static func misfit(_ value: JSONValue, _ schema: JSONValue, _ schemas: JSONSchema, path: String) -> String? {
        let schema = schemas.resolve(schema)
        switch value {
        case .double:
            return schema["type"] == "integer" ? path : nil
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                guard let inner = schema["properties"]?[name] ?? schema["additionalProperties"] else { continue }
                if let found = misfit(member, inner, schemas, path: path.isEmpty ? name : "\(path).\(name)") { return found }
            }
            return nil
        case .array(let elements):
            guard let inner = schema["items"] else { return nil }
            for (index, element) in elements.enumerated() {
                if let found = misfit(element, inner, schemas, path: "\(path)[\(index)]") { return found }
            }
            return nil
        default:
            return nil
        }
    }
}
