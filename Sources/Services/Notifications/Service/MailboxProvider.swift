import GRDB
import NotificationsAPI
import Runtime
import Storage

/// Puts messages where people and tests can read them, instead of sending them. The hand-over is a row in the same transaction
/// that notes it: exactly once, also through crashes.
public struct MailboxProvider: Sendable {
    public static let name = "mailbox"

    public init() {}

    func deliver(_ message: OutgoingMessage, in tx: StoreTransaction) throws {
        try tx.db.run(
            """
            INSERT INTO notifications_mailbox(
              message_id, notification_id, user_id, kind, channel, recipient, subject, body, format, received_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(message_id) DO NOTHING
            """, message.id, message.notificationID, message.userID, message.kind, message.channel.rawValue, message.recipient,
            message.subject, message.body, message.format.rawValue, tx.now.microseconds)
    }
}
