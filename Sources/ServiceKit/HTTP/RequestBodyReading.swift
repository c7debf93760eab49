import Contracts
import Foundation

/// From a request's bytes to a validated value, or to a problem that names what is wrong in the client's own terms.
enum RequestBodyReading {
    static let bytesMax = 1 << 20

    static func read<T: Decodable>(_ type: T.Type, from body: Data) throws -> T {
        // A body of which every field may be absent may be absent itself: it is read as {}.
        guard !body.isEmpty || (try? JSONCoding.decoder.decode(type, from: Data("{}".utf8))) != nil else {
            throw Problem.badRequest(code: "body_missing", detail: "This endpoint needs a JSON body.")
        }
        let body = body.isEmpty ? Data("{}".utf8) : body
        let value: T
        do {
            value = try JSONCoding.decoder.decode(type, from: body)
        } catch let error as DecodingError {
            throw problem(for: error, type: type)
        }
        if let value = value as? any Validatable {
            let errors = Validation.errors(of: value)
            guard errors.isEmpty else { throw Problem.unprocessable(errors: errors) }
        }
        return value
    }

    static func problem(for error: DecodingError, type: any Decodable.Type) -> Problem {
        switch error {
        case .keyNotFound(let key, let context):
            return .unprocessable(field: path(context.codingPath + [key]), "is required")
        case .valueNotFound(_, let context):
            return .unprocessable(field: path(context.codingPath), "must not be null")
        case .typeMismatch(let expected, let context):
            return .unprocessable(field: path(context.codingPath), "must be \(name(of: expected))")
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty, let syntax = syntaxError(context) {
                return .badRequest(code: "malformed_json", detail: syntax)
            }
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

    /// What is wrong and where, from Foundation's parser, when the body is not JSON at all.
    private static func syntaxError(_ context: DecodingError.Context) -> String? {
        guard context.debugDescription.hasPrefix("The given data was not valid JSON") || context.underlyingError != nil else { return nil }
        let text = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
        guard let text else { return "The body is not valid JSON." }
        return "The body is not valid JSON: \(text)"
    }
}
