import CSQLite
import GRDB

/// Statements on the hot path: prepared once a connection, bound and stepped without anything in between.
///
///     try db.run("UPDATE orders SET status = ? WHERE id = ?", "paid", id)
///     let total = try db.first("SELECT total_minor FROM orders WHERE id = ?", id) { row in row[0] as Int64 }
///
/// The same connection and the same statements as GRDB's own; GRDB's `execute` and `Row` cost as much again as SQLite's own work,
/// mostly for arguments and rows that are objects. For SQL made at run time and for rare statements GRDB's methods are as good.
///
/// A statement must not be in use by an outer call while it is run again: rows are read to the end before a closure's caller goes on.
extension Database {
    /// Runs a statement that gives no rows.
    /// - Returns: how many rows it inserted, updated or deleted.
    /// - Throws: GRDB's `DatabaseError`.
    @discardableResult
    public func run(_ sql: String, _ values: (any SQLValue)?...) throws -> Int { try run(sql, values: values) }

    @discardableResult
    public func run(_ sql: String, values: [(any SQLValue)?]) throws -> Int {
        let statement = try bound(sql, values)
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW { code = sqlite3_step(statement) }
        guard code == SQLITE_DONE else { throw failed(statement, code) }
        sqlite3_reset(statement)
        return Int(sqlite3_changes(sqlite3_db_handle(statement)))
    }

    /// The first row, read by `read`; nil when there is none.
    public func first<T>(_ sql: String, _ values: (any SQLValue)?..., read: (borrowing SQLRow) throws -> T) throws -> T? {
        let statement = try bound(sql, values)
        let code = sqlite3_step(statement)
        if code == SQLITE_DONE {
            sqlite3_reset(statement)
            return nil
        }
        guard code == SQLITE_ROW else { throw failed(statement, code) }
        defer { sqlite3_reset(statement) }
        let value = try read(SQLRow(statement: statement))
        // To the end: a statement that changes rows and returns one is done only then.
        let end = sqlite3_step(statement)
        guard end == SQLITE_DONE || end == SQLITE_ROW else { throw failed(statement, end) }
        return value
    }

    /// All rows, in order, each read by `read`.
    public func all<T>(_ sql: String, _ values: (any SQLValue)?..., read: (borrowing SQLRow) throws -> T) throws -> [T] {
        try all(sql, values: values, read: read)
    }

    public func all<T>(_ sql: String, values: [(any SQLValue)?], read: (borrowing SQLRow) throws -> T) throws -> [T] {
        let statement = try bound(sql, values)
        defer { sqlite3_reset(statement) }
        var rows = [T]()
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append(try read(SQLRow(statement: statement)))
            case SQLITE_DONE: return rows
            case let code: throw failed(statement, code)
            }
        }
    }

    /// Runs a text of several statements that take no values, such as a schema.
    /// - Throws: GRDB's `DatabaseError`; what the statements before the failing one did stays, unless a transaction is undone.
    public func runScript(_ sql: String) throws {
        let connection = sqliteConnection!
        var message: UnsafeMutablePointer<CChar>?
        let code = sqlite3_exec(connection, sql, nil, nil, &message)
        defer { sqlite3_free(message) }
        guard code == SQLITE_OK else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)), message: message.map { String(cString: $0) })
        }
        try clearSchemaCache()
    }

    private func bound(_ sql: String, _ values: [(any SQLValue)?]) throws -> OpaquePointer {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        precondition(sqlite3_stmt_busy(statement) == 0, "in use by an outer call: \(sql)")
        precondition(sqlite3_bind_parameter_count(statement) == values.count, "\(values.count) values do not fit: \(sql)")
        // In place: a loop over the array would copy each value out of it.
        try values.withUnsafeBufferPointer { values in
            for index in values.indices {
                let place = Int32(index + 1)
                let code = values[index]?.bind(to: statement, at: place) ?? sqlite3_bind_null(statement, place)
                guard code == SQLITE_OK else { throw failed(statement, code) }
            }
        }
        return statement
    }

    /// The error as GRDB would throw it, without the values, which may be personal. Leaves the statement ready for its next use.
    private func failed(_ statement: OpaquePointer, _ code: Int32) -> DatabaseError {
        let connection = sqlite3_db_handle(statement)
        let extended = ResultCode(rawValue: sqlite3_extended_errcode(connection))
        let message = sqlite3_errmsg(connection).map { String(cString: $0) }
        let sql = sqlite3_sql(statement).map { String(cString: $0) }
        sqlite3_reset(statement)
        // The connection's code says more, if it is about this call.
        let isExtended = extended.primaryResultCode.rawValue == code & 0xff
        return DatabaseError(resultCode: isExtended ? extended : ResultCode(rawValue: code), message: message, sql: sql)
    }
}
