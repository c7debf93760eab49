import GRDB
import NotificationsAPI
import Runtime
import Storage

/// `notifications_preference`: what users have chosen; nothing for those who have not.
enum PreferenceTable {
    static func fetch(userID: String, in db: Database) throws -> [Preference] {
        let statement = try db.cachedStatement(
            sql: "SELECT kind, channel, enabled FROM notifications_preference WHERE user_id = ? ORDER BY kind, channel")
        return try Row.fetchAll(statement, arguments: [userID]).map {
            Preference(kind: $0[0], channel: NotificationChannel(stored: $0[1]), enabled: $0[2])
        }
    }

    static func set(_ preference: Preference, userID: String, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: """
                INSERT INTO notifications_preference(user_id, kind, channel, enabled, updated_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT(user_id, kind, channel) DO UPDATE SET enabled = excluded.enabled, updated_at = excluded.updated_at
                """,
            arguments: [userID, preference.kind, preference.channel.rawValue, preference.enabled, tx.now.microseconds])
    }
}
