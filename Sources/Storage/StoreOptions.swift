/// When a commit counts as done.
public enum StorePersistence: String, Sendable, Codable {
    /// SQLite `synchronous=FULL`: synced before a commit is answered. Survives a power cut. The default.
    case durable
    /// SQLite `synchronous=NORMAL`: survives `kill -9`; a power cut may undo the last commits.
    case relaxed
    /// No syncs, for simulated runs on memory-backed files.
    case volatile

    var pragma: String {
        switch self {
        case .durable: "FULL"
        case .relaxed: "NORMAL"
        case .volatile: "OFF"
        }
    }
}

public struct StoreOptions: Sendable {
    public var persistence: StorePersistence
    /// Writes that share one transaction at most; more wait for the next. Bounds how long the first of a group waits.
    public var groupWritesMax: Int
    /// Outbox rows kept in memory for the relay; beyond it the relay reads the table.
    public var outboxRowsInMemoryMax: Int
    /// Where new files come from; nil migrates each.
    public var templates: StoreTemplates?

    public init(
        persistence: StorePersistence = .durable, groupWritesMax: Int = 512, outboxRowsInMemoryMax: Int = 8192,
        templates: StoreTemplates? = nil
    ) {
        self.persistence = persistence
        self.groupWritesMax = groupWritesMax
        self.outboxRowsInMemoryMax = outboxRowsInMemoryMax
        self.templates = templates
    }

    public static let durable = StoreOptions()
}
