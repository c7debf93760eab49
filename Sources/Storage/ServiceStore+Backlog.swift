import GRDB

extension ServiceStore {
    /// Committed outbox rows that the log does not have yet. On the instance's lane.
    public func outboxBacklog() throws -> Int {
        if isOutboxEmpty { return 0 }
        return try read { db in
            try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM outbox WHERE id > ?"), arguments: [outbox.relayedThrough]) ?? 0
        }
    }
}
