import CSQLite
import Foundation

/// Orders and their outbox rows as a program in C would write them: prepared statements, one thread, WAL, `synchronous=FULL`.
final class RawStore {
    private var database: OpaquePointer?
    private var begin: OpaquePointer?
    private var commit: OpaquePointer?
    private var order: OpaquePointer?
    private var outbox: OpaquePointer?
    private let payload = [UInt8](repeating: 120, count: 64)
    private var number: Int64 = 0

    init(_ folder: URL) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        check(sqlite3_open_v2(folder.appendingPathComponent("raw.sqlite").path, &database, flags, nil))
        let schema = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE orders(id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, total_minor INTEGER NOT NULL) STRICT;
            CREATE TABLE outbox(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, key TEXT NOT NULL, payload BLOB NOT NULL) STRICT;
            """
        check(sqlite3_exec(database, schema, nil, nil, nil))
        begin = prepared("BEGIN IMMEDIATE")
        commit = prepared("COMMIT")
        order = prepared("INSERT INTO orders(user_id, total_minor) VALUES ('u1', ?)")
        outbox = prepared("INSERT INTO outbox(topic, key, payload) VALUES ('bench-events', ?, ?)")
    }

    deinit {
        for statement in [begin, commit, order, outbox] { sqlite3_finalize(statement) }
        sqlite3_close(database)
    }

    func commit(orders count: Int) {
        step(begin)
        for _ in 0..<count {
            number += 1
            sqlite3_bind_int64(order, 1, number)
            step(order)
            sqlite3_bind_int64(outbox, 1, number)
            _ = payload.withUnsafeBytes { servicelab_sqlite_bind_blob(outbox, 2, $0.baseAddress, Int32($0.count)) }
            step(outbox)
        }
        step(commit)
    }

    private func prepared(_ sql: String) -> OpaquePointer? {
        var statement: OpaquePointer?
        check(sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        return statement
    }

    private func step(_ statement: OpaquePointer?) {
        let code = sqlite3_step(statement)
        precondition(code == SQLITE_DONE, String(cString: sqlite3_errmsg(database)))
        sqlite3_reset(statement)
    }

    private func check(_ code: Int32) { precondition(code == SQLITE_OK, String(cString: sqlite3_errmsg(database))) }
}
