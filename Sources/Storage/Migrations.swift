import Foundation
import GRDB
import Runtime

/// A service's schema as numbered SQL files, applied in order, each once, each in a transaction.
///
///     Migrations/0001_orders.sql
///     Migrations/0002_shipments.sql
///
/// A file that has been applied must not change any more: the store remembers its checksum and refuses to open.
public struct Migrations: Sendable {
    public struct File: Sendable {
        public let name: String
        public let sql: String
        public init(name: String, sql: String) {
            self.name = name
            self.sql = sql
        }
        var checksum: String { String(StableHash.of(sql), radix: 16) }
    }

    public let files: [File]

    /// Files in the order of their names; each name starts with four digits.
    public init(_ files: [File]) {
        for file in files {
            precondition(
                file.name.prefix(4).allSatisfy(\.isNumber) && file.name.count > 4, "migration \(file.name) must start with four digits")
        }
        self.files = files.sorted { $0.name < $1.name }
    }

    /// The `.sql` files of a target's resources.
    public static func bundled(_ bundle: Bundle, folder: String = "Migrations") -> Migrations {
        let directory = bundle.bundleURL.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []  // absent folder: reported just below
        precondition(!names.isEmpty, "no migrations in \(directory.path): the resources must lie beside the executable")
        return Migrations(
            names.filter { $0.hasSuffix(".sql") }.map { name in
                guard let data = FileManager.default.contents(atPath: directory.appendingPathComponent(name).path) else {
                    preconditionFailure("migration \(name) cannot be read in \(directory.path)")
                }
                return File(name: String(name.dropLast(4)), sql: String(decoding: data, as: UTF8.self))
            })
    }

    /// Applies what is missing.
    /// - Throws: ``StorageError`` `migrationChanged` or `migrationFailed`; the database is then as it was.
    func apply(to db: Database, service: String, now: Timestamp) throws {
        try db.runScript(PlatformSchema.sql)
        var applied = [String: String]()
        for row in try Row.fetchAll(db, sql: "SELECT name, checksum FROM schema_migrations") { applied[row[0]] = row[1] }
        for file in files {
            if let checksum = applied.removeValue(forKey: file.name) {
                guard checksum == file.checksum else {
                    throw StorageError(
                        .migrationChanged, service: service,
                        "migration \(file.name) of \(service) was changed after it had been applied: restore it and put the change into a new file, or start over with `labctl reset`"
                    )
                }
                continue
            }
            do {
                try db.runScript(file.sql)
            } catch {
                throw StorageError(.migrationFailed, service: service, "migration \(file.name) of \(service) failed: \(error)")
            }
            try db.execute(
                sql: "INSERT INTO schema_migrations(name, checksum, applied_at) VALUES (?, ?, ?)",
                arguments: [file.name, file.checksum, now.microseconds])
        }
        if let missing = applied.keys.min() {
            throw StorageError(
                .migrationChanged, service: service,
                "the data of \(service) was made by a newer build: migration \(missing) has been applied but is not in this one; use that build, or start over with `labctl reset`"
            )
        }
    }
}
