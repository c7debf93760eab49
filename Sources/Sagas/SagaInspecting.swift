import GRDB
import Runtime
import Storage

/// The operators' view of one kind of saga: what consoles and `labctl saga` ask a service for.
public protocol SagaInspecting: Sendable {
    /// Name of the definition.
    var name: String { get }
    /// The definition as a Mermaid flowchart.
    var mermaid: String { get }
    /// One saga with its log; nil when there is none.
    func instance(_ id: String, in db: Database) throws -> SagaInstance?
}

extension SagaExecutor: SagaInspecting {
    public var name: String { definition.name }
    public var mermaid: String { definition.mermaid }

    public func instance(_ id: String, in db: Database) throws -> SagaInstance? {
        let sql = "SELECT \(SagaRow.columns) FROM sagas WHERE definition = ? AND id = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [name, id]) else { return nil }
        let log = try Row.fetchAll(
            db, sql: "SELECT at, step, event, detail FROM saga_log WHERE definition = ? AND saga_id = ? ORDER BY seq",
            arguments: [name, id]
        ).map { row -> SagaInstance.LogEntry in
            let text: String = row[2]
            guard let event = SagaEvent(rawValue: text) else {
                throw SagaStorageError(saga: "\(name)/\(id)", problem: "event \(text) is not known")
            }
            return SagaInstance.LogEntry(at: Timestamp(microseconds: row[0]), step: row[1], event: event, detail: row[3])
        }
        return SagaInstance(try SagaRow(row, name), name, definition.outline, log: log)
    }
}
