import GRDB
import Runtime
import Storage

/// Once a day, what has expired is deleted: refresh tokens and the blacklist's entries.
enum TokenPurge {
    static let kind = "users.token-purge"
    static let interval = Duration.seconds(24 * 60 * 60)

    static func schedule(in tx: StoreTransaction) throws { try tx.keepTimer(kind, subject: "all", at: tx.now + interval) }

    static func run(in tx: StoreTransaction) throws {
        // A used token stays until it would have expired: its reuse must be recognised that long.
        try tx.db.execute(sql: "DELETE FROM users_refresh_token WHERE expires_at <= ?", arguments: [tx.now.microseconds])
        try tx.db.execute(sql: "DELETE FROM users_token_blacklist WHERE expires_at <= ?", arguments: [tx.now.microseconds])
        try schedule(in: tx)
    }
}
