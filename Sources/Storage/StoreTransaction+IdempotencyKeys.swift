import Foundation
import GRDB
import Runtime

/// The answer to a request that carried an idempotency key, kept to be given again.
public struct StoredReply: Sendable, Hashable {
    /// Of the request's body: the same key with another body is a mistake of the client.
    public var fingerprint: String
    public var status: Int
    public var headers: [String: String]
    public var body: Data

    public init(fingerprint: String, status: Int, headers: [String: String], body: Data) {
        self.fingerprint = fingerprint
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// What was answered to `key` in `scope` before; nil when it is new.
    public static func find(scope: String, key: String, in db: Database) throws -> StoredReply? {
        try db.first("SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = ? AND key = ?", scope, key) { row in
            let headers = try JSONDecoder().decode([String: String].self, from: row[2])
            return StoredReply(fingerprint: row[0], status: row[1], headers: headers, body: row[3])
        }
    }
}

extension StoreTransaction {
    public func storedReply(scope: String, key: String) throws -> StoredReply? { try StoredReply.find(scope: scope, key: key, in: db) }

    /// Keeps the reply, committed together with what the request did.
    public func storeReply(_ reply: StoredReply, scope: String, key: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let headers = String(decoding: try encoder.encode(reply.headers), as: UTF8.self)
        try db.run(
            "INSERT INTO idempotency_keys(scope, key, fingerprint, status, headers, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", scope,
            key, reply.fingerprint, reply.status, headers, reply.body, now.microseconds)
    }
}
