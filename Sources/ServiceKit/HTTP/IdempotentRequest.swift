import Contracts
import Foundation
import Runtime
import Storage
import Synchronization

/// One request with an `Idempotency-Key`: what its stored reply is found by, and what became of it.
final class IdempotentRequest: Sendable {
    /// Operation and user: two users, or two operations, may use the same key.
    let scope: String
    let key: String
    /// Of method, path and body: the same key with another fingerprint is refused.
    let fingerprint: String
    /// Status of the reply to store.
    let status: Int
    let output: ObjectIdentifier
    private let state = Mutex((hasCommitted: false, isReplay: false))

    /// Marks a stored value that is not the reply itself: the handler runs again and finds it when it commits.
    static let valueMarker = "servicelab-committed-value"
    static let keyBytesMax = 255

    init(key: String, declaration: EndpointDeclaration, request: RawRequest, output: Any.Type) throws {
        guard !key.isEmpty, key.utf8.count <= Self.keyBytesMax else {
            throw Problem.badRequest(code: "idempotency_key_invalid", detail: "An Idempotency-Key has 1 to \(Self.keyBytesMax) bytes.")
        }
        self.key = key
        scope = "\(declaration.operationID):\(request.principal?.userID ?? "")"
        let route = StableHash.of("\(request.method) \(request.parameters.values.joined(separator: "/"))")
        let first = request.body.withUnsafeBytes { StableHash.of($0, seed: route) }
        let second = request.body.withUnsafeBytes { StableHash.of($0, seed: ~route) }
        fingerprint = String(first, radix: 16) + "-" + String(second, radix: 16)
        status = declaration.success
        self.output = ObjectIdentifier(output)
    }

    var isReplay: Bool { state.withLock { $0.isReplay } }

    /// True the first time: a second commit of the same request is not the reply's.
    func takesCommit() -> Bool {
        state.withLock { state in
            defer { state.hasCommitted = true }
            return !state.hasCommitted
        }
    }

    /// - Throws: ``Problem`` 422 `idempotency_key_reused` when `stored` answered another request.
    func accept(_ stored: StoredReply) throws {
        guard stored.fingerprint == fingerprint else {
            throw Problem.unprocessable(
                code: "idempotency_key_reused", detail: "This Idempotency-Key was used for a request with another body; take a new one.")
        }
        state.withLock { $0.isReplay = true }
    }

    /// The stored reply as an answer; nil when only a value was stored.
    func replay(_ stored: StoredReply) throws -> RawReply? {
        try accept(stored)
        guard stored.headers[Self.valueMarker] == nil else { return nil }
        var headers = Headers(stored.headers)
        if !stored.body.isEmpty { headers["Content-Type"] = "application/json" }
        headers["Idempotency-Replayed"] = "true"
        return RawReply(status: stored.status, headers: headers, body: stored.body)
    }
}
