import Contracts
import Messaging

/// A request in the hands of a handler: its body decoded and validated, its caller known and allowed.
public struct Request<Input: Sendable>: Sendable {
    public let body: Input
    /// The request as it came.
    public let raw: RawRequest
    let idempotency: IdempotentRequest?

    init(body: Input, raw: RawRequest, idempotency: IdempotentRequest?) {
        self.body = body
        self.raw = raw
        self.idempotency = idempotency
    }

    /// Nil on public endpoints without a token, and where authentication is off.
    public var principal: Principal? { raw.principal }
    public var cause: Cause { raw.cause }
    public var headers: Headers { raw.headers }
    public var idempotencyKey: String? { idempotency?.key }
    public var bearerToken: String? { raw.bearerToken }
    public var cursor: String? { raw.cursor }

    /// A parameter of the path, decoded.
    public func path(_ name: String) throws -> String { try raw.path(name) }
    /// A parameter of the path that is a positive whole number; 404 when it is something else.
    public func pathID(_ name: String) throws -> Int64 { try raw.pathID(name) }
    /// The first value of a query parameter; nil when it is absent or empty.
    public func query(_ name: String) -> String? { raw.query(name) }
    public func queryInt(_ name: String, default fallback: Int, in bounds: ClosedRange<Int>) throws -> Int {
        try raw.queryInt(name, default: fallback, in: bounds)
    }
    public func queryBool(_ name: String) throws -> Bool? { try raw.queryBool(name) }
    /// How many items a page has: `limit`, 50 when absent, at most 200.
    public func limit() throws -> Int { try raw.limit() }

    /// The caller.
    /// - Throws: ``Problem`` 401 when there is none.
    public func requirePrincipal() throws -> Principal {
        guard let principal else { throw Problem.unauthorized() }
        return principal
    }
}
