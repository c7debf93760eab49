import Contracts
import Foundation

/// What a service answers: each declared endpoint with its handler.
///
///     routes.on(OrdersAPI.get) { try await self.get($0) }
///
/// `get` is an isolated method of the service's actor, so it runs on the service's lane, beside its store.
public struct Routes {
    typealias Invocation = @Sendable (RawRequest) async throws -> RawReply

    typealias Mark = @Sendable (RawRequest, inout RawReply) -> Void

    struct Route: Sendable {
        let declaration: EndpointDeclaration
        let invoke: Invocation
    }

    private(set) var routes = [Route]()
    private(set) var fallback: Invocation?
    private(set) var marks = [Mark]()

    public init() {}

    /// What is declared so far, in order.
    public var declarations: [EndpointDeclaration] { routes.map(\.declaration) }

    /// Answers with the handler's result and the declared status.
    public mutating func on<I, O>(_ endpoint: Endpoint<I, O>, _ handle: @escaping @Sendable (Request<I>) async throws -> O) {
        typed(endpoint) { request in Reply(try await handle(request)) }
    }

    /// Answers with status and headers of the handler's choice.
    public mutating func reply<I, O>(_ endpoint: Endpoint<I, O>, _ handle: @escaping @Sendable (Request<I>) async throws -> Reply<O>) {
        typed(endpoint, handle)
    }

    /// Pages and streams: the handler gets the request as it came, its caller checked, and makes the whole answer.
    public mutating func raw(_ declaration: EndpointDeclaration, _ handle: @escaping @Sendable (RawRequest) async throws -> RawReply) {
        routes.append(Route(declaration: declaration, invoke: handle))
    }

    /// Takes every request that no endpoint matches, with any method, before it is answered with 404. For gateways.
    public mutating func fallback(_ handle: @escaping @Sendable (RawRequest) async throws -> RawReply) { fallback = handle }

    /// Has the last word on every answer: of endpoints, of the platform's, of the fallback, and of refusals. For header fields.
    public mutating func markAll(_ mark: @escaping @Sendable (_ request: RawRequest, _ reply: inout RawReply) -> Void) {
        marks.append(mark)
    }

    private mutating func typed<I, O>(_ endpoint: Endpoint<I, O>, _ handle: @escaping @Sendable (Request<I>) async throws -> Reply<O>) {
        let declaration = endpoint.declaration
        let takesBody = I.self != NoBody.self
        let answersBody = O.self != NoBody.self
        routes.append(
            Route(declaration: declaration) { raw in
                var idempotency: IdempotentRequest?
                if declaration.takesIdempotencyKey, let key = raw.headers["Idempotency-Key"] {
                    let request = try IdempotentRequest(key: key, declaration: declaration, request: raw, output: O.self)
                    if let stored = try await raw.storeLane?.storedReply(scope: request.scope, key: request.key),
                        let reply = try request.replay(stored)
                    {
                        return reply
                    }
                    idempotency = request
                }
                let body = takesBody ? try RequestBodyReading.read(I.self, from: raw.body) : NoBody() as! I
                let reply = try await handle(Request(body: body, raw: raw, idempotency: idempotency))
                var headers = Headers()
                headers.reserveCapacity(reply.headers.count + 6)
                if answersBody { headers.add("Content-Type", "application/json") }
                if !reply.headers.isEmpty {
                    for (name, value) in reply.headers.sorted(by: { $0.key < $1.key }) { headers[name] = value }
                }
                if let idempotency, idempotency.isReplay { headers["Idempotency-Replayed"] = "true" }
                return RawReply(
                    status: reply.status ?? declaration.success, headers: headers,
                    body: answersBody ? try JSONCoding.encode(reply.body) : Data())
            })
    }
}
