import GRDB
import Runtime

/// Tables that follow from an event stream, written by one function: for each new event, and again from the first one on demand.
///
///     static let orders = Projection("orders", of: events, tables: ["orders_order", "orders_orderitem"]) { recorded, db in … }
///
///     try Self.orders.apply(recorded, in: tx.db)             // beside each append
///     let differences = try Self.orders.compare(in: db)      // replays into shadow tables; empty when the projection is right
///     try Self.orders.rebuild(in: db)                        // replaces the contents
///
/// The function uses plain table names and nothing but the event and the projection's own tables: no clock, no other tables. List
/// parents before children; foreign keys may refer to listed tables only, or the shadow cannot hold them.
public struct Projection<Event: StoredEvent>: Sendable {
    public typealias Apply = @Sendable (RecordedEvent<Event>, Database) throws -> Void

    public let name: String
    public let stream: EventStream<Event>
    public let tables: [String]
    /// Columns, as `table.column`, that may differ between two replays.
    public let ignoredColumns: Set<String>
    private let applyEvent: Apply

    public init(
        _ name: String, of stream: EventStream<Event>, tables: [String], ignoredColumns: Set<String> = [], _ apply: @escaping Apply
    ) {
        precondition(!tables.isEmpty, "projection \(name) has no tables")
        self.name = name
        self.stream = stream
        self.tables = tables
        self.ignoredColumns = ignoredColumns
        applyEvent = apply
    }

    public func apply(_ recorded: RecordedEvent<Event>, in db: Database) throws { try applyEvent(recorded, db) }

    /// Deletes the projection's rows and replays every event. Inside a transaction of the caller's: readers see the old rows or the new.
    /// - Returns: how many events were applied.
    @discardableResult
    public func rebuild(in db: Database) throws -> Int {
        for table in tables.reversed() { try db.execute(sql: "DELETE FROM main.\(table.quotedDatabaseIdentifier)") }
        return try replay(in: db)
    }

    /// Replays every event into temporary tables that shadow the real ones by name, and compares. The real tables are not touched.
    ///
    /// Takes as long as a rebuild. Needs a connection that may write, and no other temporary tables of the same names.
    /// - Returns: one difference a table at most; none when the projection equals its replay.
    public func compare(in db: Database) throws -> [ProjectionDifference] {
        let shadow = ShadowTables(tables: tables)
        try shadow.create(in: db)
        do {
            _ = try replay(in: db)
            let differences = try tables.compactMap { table in try shadow.difference(table, ignoring: ignoredColumns, in: db) }
            try shadow.drop(in: db)
            return differences
        } catch {
            // The replay's error says what is wrong; the shadow's is only a consequence of it.
            try? shadow.drop(in: db)
            throw error
        }
    }

    private func replay(in db: Database) throws -> Int {
        var count = 0
        try stream.forEach(in: db) { recorded in
            try applyEvent(recorded, db)
            count += 1
        }
        return count
    }
}

/// How a table differs from the replay of its events.
public struct ProjectionDifference: Sendable, Hashable, CustomStringConvertible {
    public let table: String
    /// Rows that the replay gives and the table lacks.
    public let missing: Int
    /// Rows that the table has and the replay does not give.
    public let surplus: Int
    /// At most five rows of each kind, as text.
    public let samples: [String]

    public var description: String {
        "\(table): \(missing) rows missing, \(surplus) surplus\n" + samples.map { "  \($0)" }.joined(separator: "\n")
    }
}
