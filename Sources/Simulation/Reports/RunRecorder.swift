import Foundation
import GRDB
import Runtime

/// A run with all its events and what the services' tables held after each commit: what the HTML report shows.
public struct RunRecording: Sendable {
    public var report: RunReport
    /// In order; only tables that a commit has changed.
    public var snapshots: [TableSnapshot]
    /// True when the snapshots were more than is kept.
    public var isCut: Bool
}

/// Replays a tape in this process and takes snapshots of the services' tables on the way.
public struct RunRecorder {
    private let limits: SnapshotLimits

    public init(limits: SnapshotLimits = SnapshotLimits()) { self.limits = limits }

    /// Blocks its thread until the run has ended.
    public func record(_ tape: Tape, of scenario: any SimulationScenario) -> RunRecording {
        let film = Film(limits)
        var options = Simulator.Options()
        options.keepsEvents = true
        options.onEvent = { lab, event in
            if event.point == .storeAfter { film.expose(lab, event.instance, event.number) }
        }
        // The commit at which an oracle speaks up is the last thing that is seen of the run.
        options.atEnd = { lab, report in
            for store in lab.stores { film.expose(lab, store.name, max(0, report.eventCount - 1)) }
        }
        let report = Simulator.replay(tape, of: scenario, options: options)
        return RunRecording(report: report, snapshots: film.snapshots, isCut: film.isCut)
    }
}

/// Collects snapshots of tables that have changed.
private final class Film {
    private(set) var snapshots = [TableSnapshot]()
    private(set) var isCut = false
    private let limits: SnapshotLimits
    private var latest = [String: TableSnapshot]()
    private var size = 0

    init(_ limits: SnapshotLimits) { self.limits = limits }

    func expose(_ lab: SimulatedLab, _ service: String, _ event: Int) {
        guard !isCut else { return }
        guard let store = lab.readers.store(service) else { return }
        do {
            try lab.readers.read(service) { db in
                for table in try String.fetchAll(db, sql: Self.tables) { try expose(db, store.name, table, event) }
            }
        } catch {
            // A file that cannot be read at this moment, between two lives of its service, shows nothing.
            return
        }
    }

    private static let tables = """
        SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%migrations%' AND sql NOT LIKE 'CREATE VIRTUAL%'
        ORDER BY name
        """

    private func expose(_ db: Database, _ service: String, _ table: String, _ event: Int) throws {
        let quoted = table.replacing("\"", with: "\"\"")
        let statement = try db.cachedStatement(sql: "SELECT * FROM \"\(quoted)\" LIMIT \(limits.rowsMax + 1)")
        let rows = try Row.fetchAll(statement)
        var snapshot = TableSnapshot(
            event: event, service: service, table: table, columns: Array(statement.columnNames.prefix(limits.columnsMax)),
            rows: rows.prefix(limits.rowsMax).map { row in row.prefix(limits.columnsMax).map { text($0.1) } }, left_out: 0)
        if rows.count > limits.rowsMax {
            snapshot.left_out = (try Int.fetchOne(db, sql: "SELECT count(*) FROM \"\(quoted)\"") ?? 0) - limits.rowsMax
        }
        let key = "\(service)/\(table)"
        if let before = latest[key], before.rows == snapshot.rows, before.left_out == snapshot.left_out { return }
        if latest[key] == nil, rows.isEmpty { return }
        latest[key] = snapshot
        size += snapshot.rows.reduce(64) { $0 + $1.reduce(0) { $0 + ($1?.count ?? 4) + 3 } }
        if size > limits.sizeMax { isCut = true }
        snapshots.append(snapshot)
    }

    private func text(_ value: DatabaseValue) -> String? {
        let text: String
        switch value.storage {
        case .null: return nil
        case .int64(let number): text = String(number)
        case .double(let number): text = "\(number)"
        case .string(let string): text = string
        case .blob(let data): text = String(data: data, encoding: .utf8) ?? "\(data.count) bytes"
        }
        return text.count > limits.valueMax ? text.prefix(limits.valueMax) + "…" : text
    }
}
