import Foundation
import GRDB
import Runtime
import Synchronization

/// New stores as copies: the first store of a service is migrated, the next ones begin with the bytes that its file had then.
///
/// For simulated runs, of which a process does thousands and each begins with new files: migrating them costs as much as a checkout. A
/// store that begins as a copy has the same rows, the same schema and the same empty write-ahead log as one that was migrated; nothing
/// that a run can see tells them apart.
public final class StoreTemplates: Sendable {
    // Nobody waits for the lock: in a forked child it may be held for ever by a thread that the child does not have.
    private let files = Mutex([Template.Key: Data]())
    /// More than any lab has services; beyond it stores are migrated.
    private static let filesMax = 64

    public init() {}

    func template(of service: String, _ migrations: Migrations, now: Timestamp) -> Template {
        Template(
            templates: self, key: Template.Key(service: service, checksums: migrations.files.map(\.checksum), appliedAt: now))
    }

    /// A service's file right after its migrations, once there is one.
    struct Template {
        /// What its bytes follow from.
        struct Key: Hashable {
            let service: String
            let checksums: [String]
            /// Stands in the table of migrations.
            let appliedAt: Timestamp
        }

        let templates: StoreTemplates
        let key: Key

        /// Makes `file`, which must not exist.
        /// - Returns: false when it has to be migrated instead.
        func restore(to file: URL) throws -> Bool {
            guard let bytes = templates.files.withLockIfAvailable({ $0[key] }) ?? nil else { return false }
            try bytes.write(to: file, options: .withoutOverwriting)
            return true
        }

        /// Remembers what has been migrated just now, and leaves an empty log, as a copy has.
        func keep(_ db: Database, file: URL) throws {
            try db.runScript("PRAGMA wal_checkpoint(TRUNCATE)")
            let bytes = try Data(contentsOf: file)
            _ = templates.files.withLockIfAvailable { if $0.count < StoreTemplates.filesMax { $0[key] = bytes } }
        }
    }
}
