import GRDB

extension StoreTransaction {
    /// True when SQLite has undone the whole transaction by itself, as it does when the device is full or fails.
    ///
    /// Whoever catches an error inside a transaction and wants to go on asks this first, and rethrows when it is true: statements run
    /// after that would commit one by one.
    public var isUndone: Bool { !db.isInsideTransaction }
}
