/// No body: the input of an endpoint that takes none, or the output of one that answers 204.
public struct NoBody: Codable, Sendable, Hashable {
    public init() {}
    public init(from decoder: any Decoder) throws {}
}

/// One HTTP operation of a service, declared once: the route, the client call and the OpenAPI entry all come from it.
///
///     public static let place = Endpoint<PlaceOrder, OrderView>(
///         .post, "/orders", "placeOrder", summary: "Places an order.", access: .authenticated, success: 201, idempotencyKey: true)
public struct Endpoint<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// The endpoint without its Swift types: for documents, lists of routes and the router.
    public let declaration: EndpointDeclaration

    /// - Parameters:
    ///   - path: begins with a slash; `{name}` marks a parameter.
    ///   - operationID: unique in the whole lab, lower camel case: `placeOrder`.
    ///   - parameters: those of the path that are missing here are added as strings.
    ///   - success: status of a reply that names none.
    ///   - idempotencyKey: whether `Idempotency-Key` is honoured.
    public init(
        _ verb: HTTPVerb, _ path: String, _ operationID: String, summary: String, access: AccessRule, parameters: [Parameter] = [],
        success: Int = 200, idempotencyKey: Bool = false
    ) {
        declaration = EndpointDeclaration(
            verb, path, operationID, summary: summary, access: access, parameters: parameters, success: success,
            idempotencyKey: idempotencyKey, input: Input.self == NoBody.self ? nil : Input.self,
            output: Output.self == NoBody.self ? nil : Output.self)
    }

    public var verb: HTTPVerb { declaration.verb }
    public var path: String { declaration.path }
    public var operationID: String { declaration.operationID }
    public var access: AccessRule { declaration.access }
}
