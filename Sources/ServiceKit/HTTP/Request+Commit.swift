import Contracts
import Foundation
import Runtime
import Storage

extension Request {
    /// Decide, then commit: runs `body` in a write transaction of `store` and returns its result after COMMIT.
    ///
    /// With an `Idempotency-Key` the result is stored as the reply in the same transaction. A repetition of the same key and body
    /// answers the stored reply; the same key with another body is refused with 422 `idempotency_key_reused`. A `body` that throws
    /// stores nothing, so a refused request may be sent again under the same key. Keys are remembered for 24 hours at least.
    ///
    /// - Parameters:
    ///   - status: of the reply, when it is not the declared one.
    ///   - headers: of the reply, computed from the result.
    public func commit<O: Codable & Sendable>(
        _ store: ServiceStore, status: Int? = nil, headers: @escaping @Sendable (O) -> [String: String] = { _ in [:] },
        _ body: @escaping @Sendable (StoreTransaction) throws -> O
    ) async throws -> O {
        guard let idempotency, idempotency.takesCommit(), !seeded("idempotency.reply-not-kept") else {
            return try await store.write(cause: cause, body)
        }
        let early = try await seeded("idempotency.reply-kept-in-another-transaction") ? store.write(cause: cause, body) : nil
        return try await store.write(cause: cause) { tx in
            // Once more inside the transaction: two requests with the same key may have passed the first look together.
            if let stored = try tx.storedReply(scope: idempotency.scope, key: idempotency.key) {
                try idempotency.accept(stored)
                return try Self.decode(O.self, stored.body)
            }
            let value = try early ?? body(tx)
            var stored = StoredReply(
                fingerprint: idempotency.fingerprint, status: status ?? idempotency.status, headers: headers(value),
                body: O.self == NoBody.self ? Data() : try JSONCoding.encode(value))
            if ObjectIdentifier(O.self) != idempotency.output { stored.headers[IdempotentRequest.valueMarker] = "true" }
            try tx.storeReply(stored, scope: idempotency.scope, key: idempotency.key)
            return value
        }
    }

    private static func decode<O: Codable>(_ type: O.Type, _ body: Data) throws -> O {
        if let nothing = NoBody() as? O { return nothing }
        return try JSONCoding.decode(type, from: body)
    }
}
