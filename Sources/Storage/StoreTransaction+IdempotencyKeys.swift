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

    /// How long a reply is kept at least. A client that repeats a request later than this makes a new one.
    public static let keptFor = Duration.seconds(24 * 3600)

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

    /// Keeps the reply, committed together with what the request did. It is found for ``StoredReply/keptFor`` at least.
    ///
    /// Each reply that is kept forgets up to two that are older: a table that grew before becomes small again, and neither a timer nor a
    /// sweep is needed. Requests with a key pay for the index by age; those without do not.
    public func storeReply(_ reply: StoredReply, scope: String, key: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let headers = String(decoding: try encoder.encode(reply.headers), as: UTF8.self)
        try db.run(
            "INSERT INTO idempotency_keys(scope, key, fingerprint, status, headers, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", scope,
            key, reply.fingerprint, reply.status, headers, reply.body, now.microseconds)
        try db.run(
            """
            DELETE FROM idempotency_keys WHERE (scope, key) IN
              (SELECT scope, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT 2)
            """, (now - StoredReply.keptFor).microseconds)
    }
}
