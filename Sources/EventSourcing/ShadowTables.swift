import GRDB

/// Temporary tables with the names and definitions of real ones. SQLite finds temporary tables first, so the same SQL writes to them.
struct ShadowTables {
    private static let samplesMax = 5
    let tables: [String]

    func create(in db: Database) throws {
        for table in tables {
            let rows = try Row.fetchAll(
                db,
                sql:
                    """
                    SELECT type, sql FROM main.sqlite_schema
                    WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC
                    """,
                arguments: [table])
            precondition(rows.contains { $0[0] == "table" }, "there is no table \(table)")
            for row in rows { try db.execute(sql: Self.temporary(row[1])) }
        }
    }

    func drop(in db: Database) throws {
        for table in tables.reversed() { try db.execute(sql: "DROP TABLE IF EXISTS temp.\(table.quotedDatabaseIdentifier)") }
    }

    /// Nil when the table and its shadow hold the same rows.
    func difference(_ table: String, ignoring ignored: Set<String>, in db: Database) throws -> ProjectionDifference? {
        let name = table.quotedDatabaseIdentifier
        let columns = try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
            .filter { !ignored.contains("\(table).\($0)") }.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
        let missing = "SELECT \(columns) FROM temp.\(name) EXCEPT SELECT \(columns) FROM main.\(name)"
        let surplus = "SELECT \(columns) FROM main.\(name) EXCEPT SELECT \(columns) FROM temp.\(name)"
        let counts = try [missing, surplus].map { try Int.fetchOne(db, sql: "SELECT count(*) FROM (\($0))") ?? 0 }
        guard counts != [0, 0] else { return nil }
        var samples = [String]()
        for (sign, sql) in [("-", missing), ("+", surplus)] {
            for row in try Row.fetchAll(db, sql: "\(sql) LIMIT \(Self.samplesMax)") {
                samples.append("\(sign) " + row.map { "\($0): \($1)" }.joined(separator: ", "))
            }
        }
        return ProjectionDifference(table: table, missing: counts[0], surplus: counts[1], samples: samples)
    }

    /// SQLite keeps every definition beginning with exactly one of these, followed by the unqualified name.
    private static func temporary(_ sql: String) -> String {
        for (prefix, replacement) in [
            ("CREATE TABLE ", "CREATE TEMPORARY TABLE "), ("CREATE INDEX ", "CREATE INDEX temp."),
            ("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX temp."),
        ] where sql.hasPrefix(prefix) {
            return replacement + sql.dropFirst(prefix.count)
        }
        preconditionFailure("a projection's tables are ordinary tables: \(sql)")
    }
}
