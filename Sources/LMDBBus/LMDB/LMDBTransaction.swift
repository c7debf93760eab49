import CLMDB

/// A read or write transaction. Not thread safe; ends with `commit` or `abort`, exactly one of them.
struct LMDBTransaction {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    func commit() throws { try LMDBError.check(mdb_txn_commit(pointer), "commit") }
    func abort() { mdb_txn_abort(pointer) }

    /// Gives up the snapshot of a read transaction and keeps its reader slot for `renew`.
    func reset() { mdb_txn_reset(pointer) }
    func renew() throws { try LMDBError.check(mdb_txn_renew(pointer), "renew a read transaction") }

    /// The handle is good for other transactions once this one has committed.
    func open(_ name: String, create: Bool, integerKeys: Bool) throws -> MDB_dbi {
        var database: MDB_dbi = 0
        let flags = (create ? MDB_CREATE : 0) | (integerKeys ? MDB_INTEGERKEY : 0)
        try LMDBError.check(mdb_dbi_open(pointer, name, UInt32(flags), &database), "open the database \(name)")
        return database
    }

    func openIfPresent(_ name: String, integerKeys: Bool) throws -> MDB_dbi? {
        do {
            return try open(name, create: false, integerKeys: integerKeys)
        } catch let error as LMDBError where error.code == MDB_NOTFOUND {
            return nil
        }
    }

    func drop(_ database: MDB_dbi) throws { try LMDBError.check(mdb_drop(pointer, database, 1), "drop a segment") }

    func statistics(_ database: MDB_dbi) throws -> MDB_stat {
        var statistics = MDB_stat()
        try LMDBError.check(mdb_stat(pointer, database, &statistics), "read a database's state")
        return statistics
    }

    /// Pages that a database occupies.
    func pages(_ database: MDB_dbi) throws -> Int {
        let statistics = try statistics(database)
        return Int(statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages)
    }

    /// The bytes live in the map until the transaction ends or writes.
    func get(_ database: MDB_dbi, key: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
        var keyValue = MDB_val(key)
        var data = MDB_val()
        let code = mdb_get(pointer, database, &keyValue, &data)
        if code == MDB_NOTFOUND { return nil }
        try LMDBError.check(code, "read a row")
        return data.bytes
    }

    func get(_ database: MDB_dbi, key: [UInt8]) throws -> UnsafeRawBufferPointer? {
        try key.withUnsafeBytes { try get(database, key: $0) }
    }

    func put(_ database: MDB_dbi, key: [UInt8], _ value: [UInt8]) throws {
        try key.withUnsafeBytes { key in try value.withUnsafeBytes { try put(database, key: key, $0) } }
    }

    func put(_ database: MDB_dbi, key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
        var keyValue = MDB_val(key)
        var data = MDB_val(value)
        try LMDBError.check(mdb_put(pointer, database, &keyValue, &data, 0), "write a row")
    }

    func put(_ database: MDB_dbi, key: UInt64, _ value: [UInt8]) throws {
        try withUnsafeBytes(of: key) { key in try value.withUnsafeBytes { try put(database, key: key, $0) } }
    }

    /// Deleting what is not there is not an error.
    func delete(_ database: MDB_dbi, key: UnsafeRawBufferPointer) throws {
        var keyValue = MDB_val(key)
        let code = mdb_del(pointer, database, &keyValue, nil)
        if code != MDB_NOTFOUND { try LMDBError.check(code, "delete a row") }
    }

    func delete(_ database: MDB_dbi, key: [UInt8]) throws { try key.withUnsafeBytes { try delete(database, key: $0) } }
    func delete(_ database: MDB_dbi, key: UInt64) throws { try withUnsafeBytes(of: key) { try delete(database, key: $0) } }

    /// Calls `body` with every row in the order of the keys until it returns false.
    func forEach(
        _ database: MDB_dbi, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        let cursor = try LMDBCursor(self, database)
        defer { cursor.close() }
        var row = try cursor.first()
        while let (key, value) = row {
            guard try body(key, value) else { return }
            row = try cursor.next()
        }
    }
}

extension MDB_val {
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
