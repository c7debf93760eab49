import GRDB
import Runtime
import Storage
import UsersAPI

/// The table `users_activity`: what happened to an account, written in the transaction that did it.
enum ActivityLog {
    static func add(_ kind: String, of user: Int64, detail: String? = nil, in tx: StoreTransaction) throws {
        try tx.db.cachedStatement(sql: "INSERT INTO users_activity(user_id, kind, detail, at) VALUES (?, ?, ?, ?)")
            .execute(arguments: [user, kind, detail, tx.now.microseconds])
    }

    /// Newest first, below `id`.
    static func page(of user: Int64, before id: Int64, limit: Int, in db: Database) throws -> [ActivityView] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT id, kind, detail, at FROM users_activity WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?"),
            arguments: [user, id, limit]
        ).map { ActivityView(id: $0[0], kind: $0[1], detail: $0[2], at: Timestamp(microseconds: $0[3])) }
    }
}
