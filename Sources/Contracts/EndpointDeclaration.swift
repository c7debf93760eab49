/// An endpoint without its Swift types. Endpoints that answer something else than JSON, pages for instance, are declared directly by one.
public struct EndpointDeclaration: Sendable {
    public let verb: HTTPVerb
    public let path: String
    public let operationID: String
    public let summary: String
    public let access: AccessRule
    public let parameters: [Parameter]
    public let success: Int
    public let takesIdempotencyKey: Bool
    /// Nil when the endpoint takes no body.
    public let input: (any (Codable & Sendable).Type)?
    /// Nil when the endpoint answers without a body, or with something that is not JSON.
    public let output: (any (Codable & Sendable).Type)?
    /// Content type of a successful answer.
    public let produces: String
    /// Content type of the request's body.
    public let accepts: String

    public init(
        _ verb: HTTPVerb, _ path: String, _ operationID: String, summary: String, access: AccessRule, parameters: [Parameter] = [],
        success: Int = 200, idempotencyKey: Bool = false, input: (any (Codable & Sendable).Type)? = nil,
        output: (any (Codable & Sendable).Type)? = nil, produces: String = "application/json", accepts: String = "application/json"
    ) {
        precondition(path.hasPrefix("/"), "the path of \(operationID) must begin with a slash: \(path)")
        precondition((200...399).contains(success), "\(operationID) cannot succeed with status \(success)")
        let declared = Set(parameters.filter { $0.place == .path }.map(\.name))
        let inPath = Self.parameterNames(of: path)
        for name in declared { precondition(inPath.contains(name), "\(operationID) declares {\(name)}, which \(path) does not have") }
        self.verb = verb
        self.path = path
        self.operationID = operationID
        self.summary = summary
        self.access = access
        self.parameters = inPath.filter { !declared.contains($0) }.map { .path($0) } + parameters
        self.success = success
        takesIdempotencyKey = idempotencyKey
        self.input = input
        self.output = output
        self.produces = produces
        self.accepts = accepts
    }

    /// `["id", "line"]` for `/orders/{id}/lines/{line}`.
    public static func parameterNames(of path: String) -> [String] {
        path.split(separator: "/").compactMap { part in
            part.first == "{" && part.last == "}" ? String(part.dropFirst().dropLast()) : nil
        }
    }

    /// The path with its parameters filled in, each percent-encoded.
    /// - Throws: ``Problem`` `path_parameter_missing` naming the parameter: a mistake of the calling code.
    public func path(filledWith values: [String: String]) throws -> String {
        guard path.utf8.contains(UInt8(ascii: "{")) else { return path }
        var filled = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            filled += "/"
            if part.first == "{", part.last == "}" {
                let name = String(part.dropFirst().dropLast())
                guard let value = values[name] else {
                    throw Problem(
                        status: 500, code: "path_parameter_missing", title: "Path parameter missing",
                        detail: "\(operationID) needs a value for {\(name)} of \(path).")
                }
                filled += PercentEncoding.encode(value)
            } else {
                filled += part
            }
        }
        return filled
    }
}
