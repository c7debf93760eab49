import GRDB
import Messaging
import Runtime
import Storage

/// Counts events into tables. Counting is commutative: the tables depend on which events were counted, not on their order, so a
/// replay of the log gives equal tables.
///
/// Counts whatever it is given: telling a message the second time is the inbox's business.
struct AnalyticsProjection: Sendable {
    static let live = AnalyticsProjection(tables: .live)
    static let shadow = AnalyticsProjection(tables: .shadow)

    let tables: AnalyticsTables

    /// One to three statements, prepared once.
    /// - Throws: ``BusError`` `payloadMalformed`, before anything is counted.
    func apply(_ message: Message, in db: Database) throws {
        if seeded("analytics.skips-what-is-older"), try isOlderThanNewest(message, in: db) { return }
        let figures = try EventFigures(message)
        let minute = Self.minute(of: message.time)
        try db.run(tables.count(figures.activity), message.time.microseconds, minute, figures.units)
        if let money = figures.money {
            try db.run(tables.count(money.amount), money.currency, minute, money.minorUnits)
        }
        for line in figures.lines {
            try db.run(
                tables.countLine, line.item, figures.lineCurrency, line.productID, line.name, figures.orderID, line.units, line.valueMinor)
        }
    }

    /// For a seeded bug.
    private func isOlderThanNewest(_ message: Message, in db: Database) throws -> Bool {
        let sql = "SELECT last_event_at > ? FROM \(tables.activity) WHERE bucket = 0"
        return try Bool.fetchOne(db, sql: sql, arguments: [message.time.microseconds]) ?? false
    }

    /// Minutes since 1970, at least 1: bucket 0 stands for all time.
    static func minute(of time: Timestamp) -> Int64 { max(1, time.microseconds / 60_000_000) }
}
