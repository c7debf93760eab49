import CLMDB

/// Read transactions that are used again: `reset` after use, `renew` before. Each is held for one synchronous read only, never
/// across a suspension: a reader that stays open keeps LMDB from reusing pages.
final class ReaderPool: @unchecked Sendable {
    private let environment: LMDBEnvironment
    private let lock = Lock()
    // Guarded by `lock`.
    private var idle = [Reader]()
    private var inUse = 0
    private var isClosed = false

    init(_ environment: LMDBEnvironment) { self.environment = environment }

    /// - Throws: what `body` throws, or ``LMDBError``; nil when the pool is closed.
    func read<T>(_ body: (Reader) throws -> T) throws -> T? {
        var reused: Reader?
        let isAdmitted = lock.withLock {
            if isClosed { return false }
            inUse += 1
            reused = idle.popLast()
            return true
        }
        guard isAdmitted else { return nil }
        var usable: Reader?
        defer {
            usable?.rest()
            lock.withLock {
                inUse -= 1
                if let usable { idle.append(usable) }
            }
        }
        let reader: Reader
        if let reused {
            try reused.wake()
            reader = reused
        } else {
            reader = Reader(try environment.beginRead())
        }
        usable = reader
        return try body(reader)
    }

    /// Ends all readers; waits for those in use, which are at work on other threads and done within a read.
    func close() {
        lock.withLock { isClosed = true }
        while lock.withLock({ inUse > 0 }) { yieldThread() }
        lock.withLock {
            for reader in idle { reader.end() }
            idle.removeAll()
        }
    }
}

/// One read transaction with the cursor that was used last.
final class Reader {
    let transaction: LMDBTransaction
    let strings = StringCache()
    private var cursor: (LMDBCursor, MDB_dbi)?
    private var cursorIsStale = false

    init(_ transaction: LMDBTransaction) { self.transaction = transaction }

    func cursor(in database: MDB_dbi) throws -> LMDBCursor {
        if let (cursor, open) = cursor, open == database {
            if cursorIsStale { try cursor.renew(transaction) }
            cursorIsStale = false
            return cursor
        }
        cursor?.0.close()
        cursor = nil
        let new = try LMDBCursor(transaction, database)
        cursor = (new, database)
        cursorIsStale = false
        return new
    }

    func wake() throws {
        try transaction.renew()
        cursorIsStale = true
    }

    func rest() { transaction.reset() }

    func end() {
        cursor?.0.close()
        transaction.abort()
    }
}
