import CLMDB

/// A place in a database within a transaction. Cursors of write transactions end with it; those of read transactions are closed.
struct LMDBCursor {
    private let pointer: OpaquePointer

    init(_ transaction: LMDBTransaction, _ database: MDB_dbi) throws {
        var cursor: OpaquePointer?
        try LMDBError.check(mdb_cursor_open(transaction.pointer, database, &cursor), "open a cursor")
        pointer = cursor!
    }

    func close() { mdb_cursor_close(pointer) }

    /// Uses the cursor again after its read transaction was renewed.
    func renew(_ transaction: LMDBTransaction) throws {
        try LMDBError.check(mdb_cursor_renew(transaction.pointer, pointer), "renew a cursor")
    }

    func first() throws -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? { try move(MDB_FIRST) }
    func next() throws -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? { try move(MDB_NEXT) }

    private func move(_ operation: MDB_cursor_op) throws -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer)? {
        var key = MDB_val()
        var data = MDB_val()
        let code = mdb_cursor_get(pointer, &key, &data, operation)
        if code == MDB_NOTFOUND { return nil }
        try LMDBError.check(code, "read a row")
        return (key.bytes, data.bytes)
    }

    /// The value at an integer key; cheap when the key is on the page the cursor is on.
    func value(at key: UInt64) throws -> UnsafeRawBufferPointer? {
        var integer = key
        return try withUnsafeMutableBytes(of: &integer) { bytes in
            var key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
            var data = MDB_val()
            let code = mdb_cursor_get(pointer, &key, &data, MDB_SET_KEY)
            if code == MDB_NOTFOUND { return nil }
            try LMDBError.check(code, "read a record")
            return data.bytes
        }
    }

    /// The value at an integer key that should be the next one; nil when it is missing.
    func next(at key: UInt64) throws -> UnsafeRawBufferPointer? {
        guard let (found, value) = try next(), found.integer(at: 0, as: UInt64.self) == key else { return nil }
        return value
    }

    /// Adds a row behind the last one; the key must be above all others.
    func append(key: UInt64, _ value: UnsafeRawBufferPointer) throws {
        var integer = key
        try withUnsafeMutableBytes(of: &integer) { bytes in
            var key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
            var data = MDB_val(value)
            try LMDBError.check(mdb_cursor_put(pointer, &key, &data, UInt32(MDB_APPEND)), "append a record")
        }
    }
}
