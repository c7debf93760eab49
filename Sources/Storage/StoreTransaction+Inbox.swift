import GRDB
import Messaging
import Runtime

extension StoreTransaction {
    /// Notes in the inbox that `group` handles this message; false when it has done so before and this is a redelivery.
    ///
    /// Committed together with the handler's rows, this makes at-least-once delivery an exactly-once effect.
    public func isFirstDelivery(of messageID: String, source: String, to group: String) throws -> Bool {
        if seeded("inbox.missing") { return true }
        if seeded("inbox.keeps-the-newest-only"), try hasNewer(than: messageID, source: source, group) { return false }
        return try db.run(
            "INSERT OR IGNORE INTO inbox(consumer_group, message_id, source, received_at) VALUES (?, ?, ?, ?)", group,
            seeded("inbox.knows-one-message-a-flow") ? cause.correlationID : messageID, source, now.microseconds) == 1
    }

    /// For a seeded bug: whether a message of the same source with a higher number has been handled.
    private func hasNewer(than messageID: String, source: String, _ group: String) throws -> Bool {
        let sql = """
            SELECT EXISTS (SELECT 1 FROM inbox WHERE consumer_group = ? AND source = ?
              AND CAST(substr(message_id, length(source) + 2) AS INTEGER) > CAST(substr(?, length(source) + 2) AS INTEGER))
            """
        return try Bool.fetchOne(db, sql: sql, arguments: [group, source, messageID]) ?? false
    }

    /// Looks at the next `limit` inbox rows of `group` after `place` and forgets those older than `time`.
    ///
    /// A message delivered again later than that would take effect again, so `time` must lie before anything the log may still deliver.
    /// In slices, by the table's own order: an index by time would be paid for by every message.
    /// - Returns: where to go on; the beginning again after the last row.
    public func forgetInbox(of group: String, before time: Timestamp, after place: InboxPlace = .beginning, limit: Int) throws -> InboxPlace
    {
        let last = try db.first(
            """
            SELECT message_id, source FROM inbox WHERE consumer_group = ? AND (message_id, source) > (?, ?)
            ORDER BY message_id, source LIMIT 1 OFFSET ?
            """, group, place.messageID, place.source, limit - 1
        ) { row in InboxPlace(messageID: row[0], source: row[1]) }
        if let last {
            try db.run(
                """
                DELETE FROM inbox WHERE consumer_group = ? AND (message_id, source) > (?, ?) AND (message_id, source) <= (?, ?)
                  AND received_at < ?
                """, group, place.messageID, place.source, last.messageID, last.source, time.microseconds)
        } else {
            try db.run(
                "DELETE FROM inbox WHERE consumer_group = ? AND (message_id, source) > (?, ?) AND received_at < ?", group, place.messageID,
                place.source, time.microseconds)
        }
        return last ?? .beginning
    }
}

/// Where a walk through a group's inbox has come to.
public struct InboxPlace: Sendable, Hashable {
    let messageID: String
    let source: String

    public static let beginning = InboxPlace(messageID: "", source: "")
}
