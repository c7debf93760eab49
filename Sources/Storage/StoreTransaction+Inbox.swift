import GRDB
import Runtime

extension StoreTransaction {
    /// Notes in the inbox that `group` handles this message; false when it has done so before and this is a redelivery.
    ///
    /// Committed together with the handler's rows, this makes at-least-once delivery an exactly-once effect.
    public func isFirstDelivery(of messageID: String, source: String, to group: String) throws -> Bool {
        try db.run(
            "INSERT OR IGNORE INTO inbox(consumer_group, message_id, source, received_at) VALUES (?, ?, ?, ?)", group, messageID, source,
            now.microseconds) == 1
    }

    /// Forgets inbox rows older than `time`, at most `limit`. A message delivered again later than that would take effect again,
    /// so `time` must lie before anything the log may still deliver.
    public func forgetInbox(before time: Timestamp, limit: Int = 10_000) throws {
        try db.execute(
            sql: """
                DELETE FROM inbox WHERE (consumer_group, message_id, source) IN
                  (SELECT consumer_group, message_id, source FROM inbox WHERE received_at < ? LIMIT ?)
                """, arguments: [time.microseconds, limit])
    }
}
