import GRDB
import Messaging
import Runtime
import Storage

/// Counts the whole log again into shadow tables and compares them with the live ones; on request puts them in their place.
///
///     let rebuild = AnalyticsRebuild(store: store)
///     let report = try await rebuild.run(cause: cause) { try await pages.next() }     // browse the topics of AnalyticsService.topics
///
/// Meant for a quiet lab: when the live tables change meanwhile, ``RebuildReport/wasDisturbed`` says so, the differences mean nothing,
/// and nothing is replaced. Run one at a time, on the instance's lane.
public struct AnalyticsRebuild: Sendable {
    /// The next messages in any order; empty at the end. A message that comes twice is counted once.
    public typealias NextPage = @Sendable () async throws -> [Message]

    private static let seen = "analytics_shadow_seen"
    let store: ServiceStore

    public init(store: ServiceStore) { self.store = store }

    /// - Parameter replacing: whether the live tables get the rebuilt rows. Messages that were replayed but not yet consumed are then
    ///   noted in the inbox, so that they are not counted again when they arrive.
    public func run(replacing: Bool = false, cause: Cause, next: NextPage) async throws -> RebuildReport {
        let began = try await store.write(cause: cause) { tx in
            try Self.dropShadow(in: tx.db)
            try Self.createShadow(in: tx.db)
            return try ActivityTotals.fetch(in: tx.db).events
        }
        var report = RebuildReport()
        while true {
            let page = try await next()
            guard !page.isEmpty else { break }
            let counted = try await store.write(cause: cause) { tx in try Self.replay(page, in: tx) }
            report.messages += counted.messages
            report.duplicates += counted.duplicates
            report.malformed += counted.malformed
        }
        let replayed = report
        return try await store.write(cause: cause) { tx in
            var report = replayed
            report.differences = try zip(AnalyticsTables.live.all, AnalyticsTables.shadow.all).compactMap { live, shadow in
                try Self.difference(live, shadow, in: tx.db)
            }
            report.wasDisturbed = try ActivityTotals.fetch(in: tx.db).events != began
            if replacing, !report.wasDisturbed {
                try Self.replaceLive(in: tx)
                report.wasReplaced = true
            }
            try Self.dropShadow(in: tx.db)
            return report
        }
    }

    private static func replay(_ page: [Message], in tx: StoreTransaction) throws -> RebuildReport {
        var report = RebuildReport()
        for message in page {
            try tx.db.cachedStatement(sql: "INSERT OR IGNORE INTO \(seen)(message_id, source) VALUES (?, ?)")
                .execute(arguments: [message.id, message.source])
            guard tx.db.changesCount == 1 else {
                report.duplicates += 1
                continue
            }
            do {
                try AnalyticsProjection.shadow.apply(message, in: tx.db)
                report.messages += 1
            } catch let error as BusError where error.code == .payloadMalformed {
                // Live, it is a dead letter: counted by neither.
                try tx.db.cachedStatement(sql: "DELETE FROM \(seen) WHERE message_id = ? AND source = ?")
                    .execute(arguments: [message.id, message.source])
                report.malformed += 1
            }
        }
        return report
    }

    // MARK: Tables

    private static func createShadow(in db: Database) throws {
        for (live, shadow) in zip(AnalyticsTables.live.all, AnalyticsTables.shadow.all) {
            guard
                let sql = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", arguments: [live])
            else { preconditionFailure("there is no table \(live)") }
            try db.execute(sql: sql.replacing(live, with: shadow, maxReplacements: 1))
        }
        try db.execute(
            sql:
                "CREATE TABLE \(seen)(message_id TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY(message_id, source)) STRICT, WITHOUT ROWID"
        )
    }

    /// Also takes away what a rebuild left behind that did not end.
    private static func dropShadow(in db: Database) throws {
        for table in AnalyticsTables.shadow.all + [seen] { try db.execute(sql: "DROP TABLE IF EXISTS \(table)") }
    }

    private static func difference(_ live: String, _ shadow: String, in db: Database) throws -> RebuildReport.Difference? {
        func rows(in first: String, notIn second: String) throws -> (count: Int, samples: [String]) {
            let query = "SELECT * FROM \(first) EXCEPT SELECT * FROM \(second)"
            let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM (\(query))") ?? 0
            guard count > 0 else { return (0, []) }
            return (count, try Row.fetchAll(db, sql: query + " LIMIT 3").map(\.description))
        }
        let onlyLive = try rows(in: live, notIn: shadow)
        let onlyReplayed = try rows(in: shadow, notIn: live)
        guard onlyLive.count + onlyReplayed.count > 0 else { return nil }
        return RebuildReport.Difference(
            table: live, onlyLive: onlyLive.count, onlyReplayed: onlyReplayed.count, samples: onlyLive.samples + onlyReplayed.samples)
    }

    private static func replaceLive(in tx: StoreTransaction) throws {
        for (live, shadow) in zip(AnalyticsTables.live.all, AnalyticsTables.shadow.all) {
            try tx.db.execute(sql: "DELETE FROM \(live)")
            try tx.db.execute(sql: "INSERT INTO \(live) SELECT * FROM \(shadow)")
        }
        try tx.db.execute(
            sql:
                "INSERT OR IGNORE INTO inbox(consumer_group, message_id, source, received_at) SELECT ?, message_id, source, ? FROM \(seen)",
            arguments: [AnalyticsService.group, tx.now.microseconds])
    }
}

/// What a rebuild found.
public struct RebuildReport: Codable, Sendable, Hashable {
    /// Rows of one table that the two sides do not share.
    public struct Difference: Codable, Sendable, Hashable {
        public let table: String
        public let onlyLive: Int
        public let onlyReplayed: Int
        /// A few of the rows.
        public let samples: [String]
    }

    /// Messages counted again.
    public internal(set) var messages = 0
    public internal(set) var duplicates = 0
    /// Messages whose payload does not decode; counted by neither side.
    public internal(set) var malformed = 0
    public internal(set) var differences = [Difference]()
    /// The live tables changed while the log was read.
    public internal(set) var wasDisturbed = false
    public internal(set) var wasReplaced = false

    public var isEqual: Bool { differences.isEmpty }
}
