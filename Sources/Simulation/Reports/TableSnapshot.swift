/// What a table of a service held right after one of its commits.
public struct TableSnapshot: Codable, Sendable, Hashable {
    /// Number of the commit's event.
    public var event: Int
    public var service: String
    public var table: String
    public var columns: [String]
    /// Values as text, nil for NULL; long ones are cut.
    public var rows: [[String?]]
    /// Rows that are not shown.
    public var left_out: Int
}

/// How much of the services' tables a recording keeps.
public struct SnapshotLimits: Sendable, Hashable {
    /// Of a table.
    public var rowsMax = 40
    public var columnsMax = 16
    /// Characters of a value.
    public var valueMax = 100
    /// Characters of all snapshots; beyond, no further ones are taken.
    public var sizeMax = 4_000_000

    public init() {}
}
