import Foundation
import GRDB
import Messaging
import Runtime
import Storage

/// The event streams in one table of a service: append only, numbered from 1 in each stream. The events are the truth.
///
///     static let events = EventStream<OrderEvent>(table: "order_events")
///
///     let (order, version) = try Self.events.fold("42", into: Order(), in: tx.db) { order, recorded in order.apply(recorded.event) }
///     try Self.events.append([.confirmed], to: "42", expecting: version, in: tx)
///
/// The table belongs to the service's migrations:
///
///     CREATE TABLE order_events(stream TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL, data BLOB NOT NULL,
///       at INTEGER NOT NULL, PRIMARY KEY(stream, version)) STRICT;
///
/// Rows keep the order in which they were appended by their rowid, so the table must not be `WITHOUT ROWID`.
public struct EventStream<Event: StoredEvent>: Sendable {
    public let table: String
    private let selectSQL: String
    private let selectAllSQL: String
    private let insertSQL: String
    private let versionSQL: String

    public init(table: String) {
        precondition(table.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }, "\(table) is not the name of a table")
        self.table = table
        selectSQL = "SELECT stream, version, data, at FROM \(table) WHERE stream = ? AND version > ? ORDER BY version"
        selectAllSQL = "SELECT stream, version, data, at, rowid FROM \(table) WHERE rowid > ? ORDER BY rowid LIMIT ?"
        // No version, and so no row, when there is none before it. Not INSERT ... SELECT: that would fill a table of its own first.
        insertSQL = """
            INSERT OR IGNORE INTO \(table)(stream, version, type, data, at) VALUES (?1,
              CASE WHEN ?2 = 1 OR EXISTS (SELECT 1 FROM \(table) WHERE stream = ?1 AND version = ?2 - 1) THEN ?2 END, ?3, ?4, ?5)
            """
        versionSQL = "SELECT coalesce(max(version), 0) FROM \(table) WHERE stream = ?"
    }

    /// Appends events.
    /// - Parameter version: the stream's version that the decision was based on; 0 for a new stream, nil for whatever it is.
    /// - Returns: the stream's version now.
    /// - Throws: ``ConcurrencyConflict`` when the stream is at another version.
    @discardableResult
    public func append(_ events: [Event], to stream: String, expecting version: Int64?, in tx: StoreTransaction) throws -> Int64 {
        var current = try version ?? self.version(of: stream, in: tx.db)
        for event in events {
            current += 1
            // Nothing is added when there is an event at its place already, or none before it.
            guard try tx.db.run(insertSQL, stream, current, event.typeName, try PayloadCoding.encode(event), tx.now.microseconds) == 1
            else {
                throw ConcurrencyConflict(stream: stream, expected: version ?? current - 1, actual: try self.version(of: stream, in: tx.db))
            }
        }
        return current
    }

    /// 0 for a stream that does not exist.
    public func version(of stream: String, in db: Database) throws -> Int64 {
        try db.first(versionSQL, stream) { row in row[0] } ?? 0
    }

    /// The events of a stream after `version`, oldest first.
    public func load(_ stream: String, after version: Int64 = 0, in db: Database) throws -> [RecordedEvent<Event>] {
        try db.all(selectSQL, stream, version) { row in try Self.decode(row) }
    }

    /// Applies the events of a stream to `initial`, oldest first.
    /// - Returns: the state, and the version to expect when appending.
    public func fold<Value>(
        _ stream: String, into initial: Value, in db: Database, _ apply: (inout Value, RecordedEvent<Event>) throws -> Void
    ) throws -> (value: Value, version: Int64) {
        var value = initial
        var version: Int64 = 0
        for recorded in try load(stream, in: db) {
            try apply(&value, recorded)
            version = recorded.version
        }
        return (value, version)
    }

    /// Every event of every stream, in the order in which they were appended, read in pages.
    public func forEach(in db: Database, _ body: (RecordedEvent<Event>) throws -> Void) throws {
        var last: Int64 = 0
        while true {
            // A page is read completely before `body` writes: a cursor that stays open would hold its statement.
            let page = try db.all(selectAllSQL, last, 1000) { row in (event: try Self.decode(row), rowID: row[4] as Int64) }
            guard let end = page.last else { return }
            for row in page { try body(row.event) }
            last = end.rowID
        }
    }

    private static func decode(_ row: borrowing SQLRow) throws -> RecordedEvent<Event> {
        RecordedEvent(
            stream: row[0], version: row[1], event: try PayloadCoding.decode(Event.self, from: row[2]), at: Timestamp(microseconds: row[3]))
    }
}
