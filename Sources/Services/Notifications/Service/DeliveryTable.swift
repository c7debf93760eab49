import GRDB
import NotificationsAPI
import Runtime
import Storage

/// `notifications_delivery`: a notification on one channel.
enum DeliveryTable {
    static func insertQueued(
        _ id: Int64, _ channel: NotificationChannel, recipient: String, text: RenderedTemplate, in tx: StoreTransaction
    ) throws {
        try tx.db.run(
            """
            INSERT INTO notifications_delivery(notification_id, channel, status, recipient, subject, body, format)
            VALUES (?, ?, 'queued', ?, ?, ?, ?)
            """, id, channel.rawValue, recipient, text.subject, text.body, text.format.rawValue)
    }

    static func insertFinished(
        _ id: Int64, _ channel: NotificationChannel, _ status: NotificationStatus, recipient: String, reason: String?,
        in tx: StoreTransaction
    ) throws {
        try tx.db.run(
            """
            INSERT INTO notifications_delivery(notification_id, channel, status, recipient, reason, finished_at) VALUES (?, ?, ?, ?, ?, ?)
            """, id, channel.rawValue, status.rawValue, recipient, reason, tx.now.microseconds)
    }

    static func fetch(notificationID id: Int64, in db: Database) throws -> [DeliveryView] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT channel, status, recipient, attempts, provider, reason, finished_at
                FROM notifications_delivery WHERE notification_id = ? ORDER BY channel
                """)
        return try Row.fetchAll(statement, arguments: [id]).map { row in
            let finishedAt: Int64? = row[6]
            return DeliveryView(
                channel: NotificationChannel(stored: row[0]), status: NotificationStatus(stored: row[1]), recipient: row[2],
                attempts: row[3], provider: row[4], reason: row[5], finished_at: finishedAt.map(Timestamp.init(microseconds:)))
        }
    }

    /// What a provider needs; nil when the delivery is not waiting any more.
    static func fetchQueued(_ task: DeliverNotification, in db: Database) throws -> OutgoingMessage? {
        let sql = """
            SELECT n.user_id, n.kind, d.recipient, d.subject, d.body, d.format
            FROM notifications_delivery AS d JOIN notifications_notification AS n ON n.id = d.notification_id
            WHERE d.notification_id = ? AND d.channel = ? AND d.status = 'queued'
            """
        return try db.first(sql, task.notification_id, task.channel.rawValue) { row in
            OutgoingMessage(
                notificationID: task.notification_id, userID: row[0], kind: row[1], channel: task.channel, recipient: row[2],
                subject: row[3], body: row[4], format: TemplateFormat(stored: row[5]))
        }
    }

    static func finish(
        _ task: DeliverNotification, _ status: NotificationStatus, attempts: Int, provider: String, reason: String?, in tx: StoreTransaction
    ) throws {
        try tx.db.run(
            """
            UPDATE notifications_delivery SET status = ?, attempts = ?, provider = ?, reason = ?, finished_at = ?
            WHERE notification_id = ? AND channel = ?
            """, status.rawValue, attempts, provider, reason, tx.now.microseconds, task.notification_id, task.channel.rawValue)
    }
}
