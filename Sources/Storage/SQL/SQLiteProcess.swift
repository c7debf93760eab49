import CSQLite

/// Settings of SQLite that hold for the whole process.
enum SQLiteProcess {
    /// Done once, by whoever opens the first store.
    ///
    /// SQLite counts the bytes it has allocated under one lock for all connections. With a lane a service that lock was fought over at
    /// every small allocation: a twelfth of the processor under load. Nobody reads those counts.
    static let isConfigured: Bool = servicelab_sqlite_without_memory_statistics() == SQLITE_OK
}
