import GRDB
import Runtime
import Storage
import UsersAPI

/// `notifications_contact`: addresses as the users service's events told them. Newer revisions win, whatever the order of arrival.
enum ContactTable {
    struct Contact: Sendable, Hashable {
        let email: String
        let fullName: String
    }

    static func fetch(userID: String, in db: Database) throws -> Contact? {
        try db.first("SELECT email, full_name FROM notifications_contact WHERE user_id = ?", userID) { row in
            Contact(email: row[0], fullName: row[1])
        }
    }

    static func keep(_ user: UserState, in tx: StoreTransaction) throws {
        try tx.db.run(
            """
            INSERT INTO notifications_contact(user_id, email, full_name, revision, updated_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT(user_id) DO UPDATE SET
              email = excluded.email, full_name = excluded.full_name, revision = excluded.revision, updated_at = excluded.updated_at
            WHERE excluded.revision \(seeded("mirror.older-version-wins") ? "<" : ">") revision
            """, String(user.user_id), user.email, user.full_name, user.revision, tx.now.microseconds)
    }
}
