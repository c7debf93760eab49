import GRDB
import NotificationsAPI
import Runtime
import Storage

/// `notifications_notification`.
enum NotificationTable {
    private static let columns = "id, user_id, kind, subject, body, status, created_at, read_at"

    static func insert(
        userID: String, kind: String, subject: String, body: String, status: NotificationStatus, isInApp: Bool, in tx: StoreTransaction
    ) throws -> Int64 {
        try tx.db.run(
            """
            INSERT INTO notifications_notification(user_id, kind, subject, body, status, in_app, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            """, userID, kind, subject, body, status.rawValue, isInApp, tx.now.microseconds)
        return tx.db.lastInsertedRowID
    }

    static func fetch(_ id: Int64, in db: Database) throws -> NotificationView? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT \(columns) FROM notifications_notification WHERE id = ?"), arguments: [id])
        return try row.map { try view($0, in: db) }
    }

    /// Which notifications a list shows.
    struct Filter {
        var userID: String?
        var isUnread: Bool?
        var status: String?
        var kind: String?
    }

    /// Newest first, ids below `cursor`, at most `limit`.
    static func fetch(_ filter: Filter, before cursor: Int64?, limit: Int, in db: Database) throws -> [NotificationView] {
        var query = SQLFilter()
        query.equals("user_id", filter.userID)
        query.equals("status", filter.status)
        query.equals("kind", filter.kind)
        query.below("id", cursor)
        switch filter.isUnread {
        case true: query.and("in_app = 1 AND read_at IS NULL")
        case false: query.and("read_at IS NOT NULL")
        case nil: break
        }
        return try Row.fetchAll(
            db, sql: "SELECT \(columns) FROM notifications_notification \(query.clause) ORDER BY id DESC LIMIT ?",
            arguments: query.arguments + [limit]
        ).map { try view($0, in: db) }
    }

    static func countUnread(userID: String, in db: Database) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: "SELECT count(*) FROM notifications_notification WHERE user_id = ? AND in_app = 1 AND read_at IS NULL"),
            arguments: [userID]) ?? 0
    }

    static func markRead(_ id: Int64, at time: Timestamp, in db: Database) throws {
        try db.run("UPDATE notifications_notification SET read_at = ? WHERE id = ? AND read_at IS NULL", time.microseconds, id)
    }

    /// - Returns: how many were unread.
    static func markAllRead(userID: String, at time: Timestamp, in db: Database) throws -> Int {
        try db.execute(
            sql: "UPDATE notifications_notification SET read_at = ? WHERE user_id = ? AND in_app = 1 AND read_at IS NULL",
            arguments: [time.microseconds, userID])
        return db.changesCount
    }

    /// The status of a notification is the least advanced one of its channels: queued before failed before sent before delivered.
    static func rollUpStatus(_ id: Int64, in db: Database) throws {
        try db.run(
            """
            UPDATE notifications_notification SET status = (
              SELECT status FROM notifications_delivery WHERE notification_id = ?1
              ORDER BY CASE status WHEN 'queued' THEN 0 WHEN 'failed' THEN 1 WHEN 'sent' THEN 2 WHEN 'delivered' THEN 3 ELSE 4 END LIMIT 1
            ) WHERE id = ?1
            """, id)
    }

    private static func view(_ row: Row, in db: Database) throws -> NotificationView {
        let id: Int64 = row[0]
        let readAt: Int64? = row[7]
        return NotificationView(
            id: id, user_id: row[1], kind: row[2], subject: row[3], body: row[4], status: NotificationStatus(stored: row[5]),
            is_read: readAt != nil, created_at: Timestamp(microseconds: row[6]), read_at: readAt.map(Timestamp.init(microseconds:)),
            deliveries: try DeliveryTable.fetch(notificationID: id, in: db))
    }
}
