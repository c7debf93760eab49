import Foundation
import GRDB

/// Reads a service's database from outside, on a read-only connection of its own: it cannot change anything and does not wait for the
/// service. Works while the lab is down.
public enum SQLConsole {
    /// Lists the tables of a file.
    public static let tables = """
        SELECT name AS "table", (SELECT count(*) FROM pragma_table_info(m.name)) AS columns
        FROM sqlite_schema m WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name
        """

    /// Runs one statement.
    /// - Parameter rowsMax: rows in the result; more are counted as truncated.
    /// - Throws: ``LabError`` with SQLite's message.
    public static func read(_ file: URL, _ query: String, rowsMax: Int = 1000) throws -> SQLResult {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw LabError(.usage, "there is no database \(file.path)", next: "labctl ps")
        }
        do {
            return try connection(file).read { db in try result(of: query, in: db, rowsMax: rowsMax) }
        } catch let error as DatabaseError {
            throw refusal(error, file)
        }
    }

    /// A read-only connection for the operators' views.
    static func connection(_ file: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "operator"
        do {
            return try DatabaseQueue(path: file.path, configuration: configuration)
        } catch let error as DatabaseError {
            throw refusal(error, file)
        }
    }

    static func result(of query: String, in db: Database, rowsMax: Int) throws -> SQLResult {
        let statement = try db.makeStatement(sql: query)
        let cursor = try Row.fetchCursor(statement)
        var rows = [[SQLValue]]()
        var isTruncated = false
        while let row = try cursor.next() {
            if rows.count == rowsMax {
                isTruncated = true
                break
            }
            rows.append(row.map { _, value in SQLConsole.value(value) })
        }
        return SQLResult(columns: statement.columnNames, rows: rows, changes: nil, is_truncated: isTruncated)
    }

    private static func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): .real(number)
        case .string(let text): .text(text)
        case .blob(let data):
            .text(String(data: data, encoding: .utf8) ?? "x'\(data.prefix(64).map { String(format: "%02x", $0) }.joined())'")
        }
    }

    static func refusal(_ error: DatabaseError, _ file: URL) -> LabError {
        let message = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_READONLY:
            return LabError(
                .usage, "the statement would change \(file.lastPathComponent)", why: "the connection is read-only",
                next: "labctl sql … --write")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return LabError(
                .failed, "\(file.path) is damaged", why: message, next: "put a backup in its place, or start over with `labctl reset`")
        case .SQLITE_CONSTRAINT:
            return LabError(
                .usage, "the statement breaks a rule of \(file.lastPathComponent)", why: message,
                next: "change the rows that depend on it in the same statement, or first")
        case .SQLITE_AUTH:
            return LabError(
                .usage, "the statement would end the service's transaction, or attach a file to it",
                why: "it runs inside of that transaction, beside what the service writes",
                next: "leave BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ATTACH and DETACH out")
        case .SQLITE_ERROR:
            return LabError(.usage, "SQLite refuses the statement", why: message, next: "labctl sql SERVICE   (lists the tables)")
        default:
            return LabError(.failed, "\(file.lastPathComponent) cannot be read", why: message)
        }
    }
}

extension DataDirectory {
    /// Names of the services that have a database here.
    public func databases() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []  // no directory: no databases
        return names.filter { $0.hasSuffix(".sqlite") }.map { String($0.dropLast(7)) }.sorted()
    }
}
