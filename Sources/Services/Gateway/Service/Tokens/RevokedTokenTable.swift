import GRDB
import Runtime
import Storage
import UsersAPI

/// The table `gateway_revoked_token`: what ``VerifiedTokens`` must know again after a restart.
enum RevokedTokenTable {
    static let purgeKind = "gateway.revoked-token-purge"

    static func insert(_ revoked: SessionRevoked, in tx: StoreTransaction) throws {
        try tx.db.cachedStatement(sql: "INSERT OR IGNORE INTO gateway_revoked_token(token_id, expires_at) VALUES (?, ?)")
            .execute(arguments: [revoked.token_id, revoked.expires_at.microseconds])
    }

    static func valid(at time: Timestamp, in db: Database) throws -> [SessionRevoked] {
        try Row.fetchAll(
            db, sql: "SELECT token_id, expires_at FROM gateway_revoked_token WHERE expires_at > ? ORDER BY token_id",
            arguments: [time.microseconds]
        ).map { SessionRevoked(token_id: $0[0], expires_at: Timestamp(microseconds: $0[1])) }
    }

    static func schedulePurge(in tx: StoreTransaction) throws { try tx.keepTimer(purgeKind, subject: "all", at: tx.now + .seconds(3600)) }

    /// A token that has expired is refused anyway.
    static func purge(in tx: StoreTransaction) throws {
        try tx.db.execute(sql: "DELETE FROM gateway_revoked_token WHERE expires_at <= ?", arguments: [tx.now.microseconds])
        try schedulePurge(in: tx)
    }
}
