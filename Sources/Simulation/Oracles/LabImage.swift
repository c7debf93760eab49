import Foundation
import GRDB

/// Every row of every table of a lab, to be compared with a later one.
public struct LabImage: Sendable, Hashable {
    /// Service, table, rows as text, sorted.
    public let tables: [String: [String: [String]]]

    /// What may change without anything happening: relayed rows wait in the outbox until the next transaction sweeps them.
    public static let ignored: Set<String> = ["outbox", "sqlite_sequence"]

    public init(of view: LabView, ignoring ignored: Set<String> = LabImage.ignored) throws {
        var all = [String: [String: [String]]]()
        for service in view.services {
            var tables = [String: [String]]()
            for table in try view.texts(
                service, "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
            where !ignored.contains(table) {
                tables[table] = try view.rows(service, "SELECT * FROM \(table.quotedDatabaseIdentifier)").map(Self.line).sorted()
            }
            all[service] = tables
        }
        tables = all
    }

    /// The tables that differ, with a row of each kind, in sentences; empty when the images are equal.
    public func differences(from before: LabImage) -> [String] {
        var found = [String]()
        for service in Set(tables.keys).union(before.tables.keys).sorted() {
            let (now, then) = (tables[service] ?? [:], before.tables[service] ?? [:])
            for table in Set(now.keys).union(then.keys).sorted() where now[table] != then[table] {
                let (new, old) = (Set(now[table] ?? []), Set(then[table] ?? []))
                let added = new.subtracting(old).min().map { "now there is \($0)" }
                let gone = old.subtracting(new).min().map { "before there was \($0)" }
                found.append("\(service).\(table): " + [gone, added].compactMap(\.self).joined(separator: ", "))
            }
        }
        return found
    }

    static func line(_ row: Row) -> String { row.map { "\($0): \(text($1))" }.joined(separator: ", ") }

    static func text(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "NULL"
        case .int64(let number): String(number)
        case .double(let number): "\(number)"
        case .string(let text): text
        case .blob(let data): String(data: data, encoding: .utf8) ?? "\(data.count) bytes"
        }
    }
}
