import GRDB
import NotificationsAPI
import Runtime
import Storage

/// `notifications_preference`: what users have chosen; nothing for those who have not.
enum PreferenceTable {
    static func fetch(userID: String, in db: Database) throws -> [Preference] {
        try db.all("SELECT kind, channel, enabled FROM notifications_preference WHERE user_id = ? ORDER BY kind, channel", userID) { row in
            Preference(kind: row[0], channel: NotificationChannel(stored: row[1]), enabled: row[2])
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
