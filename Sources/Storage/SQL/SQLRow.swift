import CSQLite

/// The present row of a statement. Valid inside the closure that gets it.
///
///     let head = try db.first("SELECT user_id, reason FROM orders_order WHERE id = ?", id) { row in Head(row[0], reason: row[1]) }
public struct SQLRow: ~Copyable {
    let statement: OpaquePointer

    /// Column `index`, from 0. Stops the program when it is NULL: read such a column as an optional.
    public subscript<Value: SQLValue>(_ index: Int) -> Value {
        precondition(sqlite3_column_type(statement, Int32(index)) != SQLITE_NULL, "column \(index) is NULL in: \(sql)")
        return Value.read(statement, Int32(index))
    }

    public subscript<Value: SQLValue>(_ index: Int) -> Value? {
        sqlite3_column_type(statement, Int32(index)) == SQLITE_NULL ? nil : Value.read(statement, Int32(index))
    }

    private var sql: String { sqlite3_sql(statement).map { String(cString: $0) } ?? "" }
}
