import GRDB
import NotificationsAPI
import Runtime

/// `notifications_mailbox`.
enum MailboxTable {
    private static let columns = "id, message_id, notification_id, user_id, kind, channel, recipient, subject, body, format, received_at"

    struct Filter {
        var recipient: String?
        var userID: String?
        var channel: String?
        var kind: String?
        var notificationID: Int64?
    }

    /// Newest first, ids below `cursor`, at most `limit`.
    static func fetch(_ filter: Filter, before cursor: Int64?, limit: Int, in db: Database) throws -> [MailboxMessage] {
        var query = SQLFilter()
        query.equals("recipient", filter.recipient)
        query.equals("user_id", filter.userID)
        query.equals("channel", filter.channel)
        query.equals("kind", filter.kind)
        query.equals("notification_id", filter.notificationID)
        query.below("id", cursor)
        return try Row.fetchAll(
            db, sql: "SELECT \(columns) FROM notifications_mailbox \(query.clause) ORDER BY id DESC LIMIT ?",
            arguments: query.arguments + [limit]
        ).map(view)
    }

    static func fetch(_ id: Int64, in db: Database) throws -> MailboxMessage? {
        try Row.fetchOne(db, sql: "SELECT \(columns) FROM notifications_mailbox WHERE id = ?", arguments: [id]).map(view)
    }

    private static func view(_ row: Row) -> MailboxMessage {
        MailboxMessage(
            id: row[0], message_id: row[1], notification_id: row[2], user_id: row[3], kind: row[4],
            channel: NotificationChannel(stored: row[5]), recipient: row[6], subject: row[7], body: row[8],
            format: TemplateFormat(stored: row[9]), received_at: Timestamp(microseconds: row[10]))
    }
}
