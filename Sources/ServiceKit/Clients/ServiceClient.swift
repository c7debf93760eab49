import Contracts
import Foundation
import Messaging

/// Typed calls to another service, made from its endpoint declarations.
///
///     let user = try await users.call(UsersAPI.internalUser, path: ["id": "7"], cause: request.cause)
///
/// Values are written as JSON and read back, in the same process too: nothing else crosses. Deadline, retries and circuit breaker are
/// those of the client's ``Upstream``. Make a client once and keep it.
public final class ServiceClient<API: ServiceAPI>: Sendable {
    public let upstream: Upstream

    public init(upstream: Upstream) {
        precondition(upstream.service == API.name, "an upstream of \(upstream.service) cannot serve \(API.name)")
        self.upstream = upstream
    }

    /// - Parameters:
    ///   - principal: on whose behalf; checked by the peer's access rules.
    ///   - idempotencyKey: makes a POST repeatable.
    /// - Throws: the peer's ``Problem``, or ``Problem`` 503 and 504 when it cannot be reached or does not answer in time.
    public func call<I, O>(
        _ endpoint: Endpoint<I, O>, path: [String: String] = [:], query: [String: String] = [:], body: I, cause: Cause,
        principal: Principal? = nil, idempotencyKey: String? = nil
    ) async throws -> O {
        let declaration = endpoint.declaration
        var headers = Headers()
        headers.reserveCapacity(6)
        if I.self != NoBody.self { headers.add("Content-Type", "application/json") }
        headers.add("X-Request-ID", cause.correlationID)
        if let traceparent = cause.traceparent { headers.add("traceparent", traceparent) }
        if let idempotencyKey { headers.add("Idempotency-Key", idempotencyKey) }
        principal?.write(to: &headers)
        let request = RawRequest(
            method: declaration.verb.rawValue, path: try declaration.path(filledWith: path), query: QueryString.make(query),
            headers: headers, body: I.self == NoBody.self ? Data() : try JSONCoding.encode(body))
        let reply = try await upstream.respond(request)
        if let problem = reply.problem { throw problem }
        if let nothing = NoBody() as? O { return nothing }
        do {
            return try JSONCoding.decode(O.self, from: reply.body)
        } catch {
            throw Problem.badGateway("\(API.name) answered \(declaration.operationID) with something that cannot be read.")
        }
    }

    public func call<O>(
        _ endpoint: Endpoint<NoBody, O>, path: [String: String] = [:], query: [String: String] = [:], cause: Cause,
        principal: Principal? = nil
    ) async throws -> O {
        try await call(endpoint, path: path, query: query, body: NoBody(), cause: cause, principal: principal)
    }
}
