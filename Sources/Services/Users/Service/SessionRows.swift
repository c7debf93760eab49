import Foundation
import GRDB
import Messaging
import Runtime
import Storage
import UsersAPI

/// The tables `users_refresh_token` and `users_token_blacklist`: sessions, and access tokens that are void before their time.
enum SessionRows {
    struct Token {
        let family: String
        let user: Int64
        let expiresAt: Timestamp
        let isUsed: Bool
        let isRevoked: Bool
    }

    static func find(_ hash: Data, in db: Database) throws -> Token? {
        try Row.fetchOne(
            db.cachedStatement(
                sql:
                    "SELECT family, user_id, expires_at, used_at IS NOT NULL, revoked_at IS NOT NULL FROM users_refresh_token WHERE token_hash = ?"
            ),
            arguments: [hash]
        ).map {
            Token(family: $0[0], user: $0[1], expiresAt: Timestamp(microseconds: $0[2]), isUsed: $0[3], isRevoked: $0[4])
        }
    }

    static func insert(_ hash: Data, _ claims: AccessTokenClaims, of user: Int64, in tx: StoreTransaction) throws {
        try tx.db.cachedStatement(
            sql: """
                INSERT INTO users_refresh_token(token_hash, family, user_id, issued_at, expires_at, access_token_id, access_expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            hash, claims.sid, user, tx.now.microseconds, (tx.now + RefreshTokenMaker.lifetime).microseconds, claims.jti,
            Timestamp(seconds: claims.exp).microseconds,
        ])
    }

    static func markUsed(_ hash: Data, in tx: StoreTransaction) throws {
        try tx.db.cachedStatement(sql: "UPDATE users_refresh_token SET used_at = ? WHERE token_hash = ?")
            .execute(arguments: [tx.now.microseconds, hash])
    }

    /// Ends one session: its refresh tokens and the access tokens that are still valid.
    /// - Returns: whether there was something to end.
    @discardableResult
    static func revoke(family: String, in tx: StoreTransaction) throws -> Bool {
        try voidAccessTokens("family = ?", [family], in: tx)
        try tx.db.execute(
            sql: "UPDATE users_refresh_token SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL",
            arguments: [tx.now.microseconds, family])
        return tx.db.changesCount > 0
    }

    /// Ends every session of an account.
    /// - Returns: how many there were.
    @discardableResult
    static func revokeAll(of user: Int64, in tx: StoreTransaction) throws -> Int {
        try revokeAccessTokens(of: user, in: tx)
        let sessions = try Int.fetchOne(
            tx.db,
            sql: "SELECT count(DISTINCT family) FROM users_refresh_token WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ?",
            arguments: [user, tx.now.microseconds])
        try tx.db.execute(
            sql: "UPDATE users_refresh_token SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL",
            arguments: [tx.now.microseconds, user])
        return sessions ?? 0
    }

    /// The access tokens of an account become void; its sessions go on with the next refresh.
    static func revokeAccessTokens(of user: Int64, in tx: StoreTransaction) throws { try voidAccessTokens("user_id = ?", [user], in: tx) }

    private static func voidAccessTokens(_ condition: String, _ arguments: StatementArguments, in tx: StoreTransaction) throws {
        let rows = try Row.fetchAll(
            tx.db,
            sql: """
                SELECT access_token_id, access_expires_at, user_id FROM users_refresh_token
                WHERE \(condition) AND access_expires_at > ? AND access_token_id NOT IN (SELECT token_id FROM users_token_blacklist)
                ORDER BY access_token_id
                """,
            arguments: arguments + [tx.now.microseconds])
        for row in rows {
            let token: String = row[0]
            let expiry: Int64 = row[1]
            let user: Int64 = row[2]
            try tx.db.execute(
                sql: "INSERT INTO users_token_blacklist(token_id, user_id, expires_at, revoked_at) VALUES (?, ?, ?, ?)",
                arguments: [token, user, expiry, tx.now.microseconds])
            try tx.publish(
                UsersAPI.sessionRevoked, SessionRevoked(token_id: token, expires_at: Timestamp(microseconds: expiry)), subject: String(user)
            )
        }
    }
}
