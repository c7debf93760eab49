import GRDB
import Messaging
import Runtime
import Storage

/// One saga as people see it: where it stands, step by step, and what happened when.
///
/// ``text`` draws it for terminals, ``mermaid`` for documents and the console.
public struct SagaInstance: Sendable {
    public struct Step: Sendable {
        public let name: String
        public let status: SagaStepStatus
        /// Before it the saga can turn back, after it only go on.
        public let isPivot: Bool
        /// From the log; nil in lists, which come without logs.
        public let startedAt: Timestamp?
        /// When it was done, refused, skipped or undone.
        public let endedAt: Timestamp?
    }

    public struct LogEntry: Sendable {
        public let at: Timestamp
        public let step: String
        public let event: SagaEvent
        public let detail: String?
    }

    public let definition: String
    public let id: String
    public let status: SagaStatus
    /// Why it turned back.
    public let reason: String?
    public let startedAt: Timestamp
    public let updatedAt: Timestamp
    /// Index of the step in work, or of the last one that was.
    public let position: Int
    /// Tries of the step in work.
    public let attempt: Int
    public let steps: [Step]
    /// Oldest first; empty in lists.
    public let log: [LogEntry]
    let outline: SagaOutline

    init(_ row: SagaRow, _ definition: String, _ outline: SagaOutline, log: [LogEntry]) {
        self.definition = definition
        self.outline = outline
        self.log = log
        id = row.id
        status = row.progress.status
        reason = row.progress.reason
        startedAt = row.startedAt
        updatedAt = row.updatedAt
        position = row.progress.position
        attempt = row.progress.attempt
        steps = zip(outline.steps, row.progress.steps).map { step, status in
            let own = log.filter { $0.step == step.name }
            return Step(
                name: step.name, status: status, isPivot: step.isPivot, startedAt: own.first { Self.starts.contains($0.event) }?.at,
                endedAt: status == .now || status == .compensating || status == .ahead ? nil : own.last { Self.ends.contains($0.event) }?.at
            )
        }
    }

    private static let starts: Set<SagaEvent> = [.sent, .performed, .skipped, .failed, .interrupted]
    private static let ends: Set<SagaEvent> = [.succeeded, .performed, .skipped, .failed, .timedOut, .undone]
}

/// A row of `sagas` without the definition's own state.
struct SagaRow {
    let id: String
    let progress: SagaProgress
    let startedAt: Timestamp
    let updatedAt: Timestamp

}

extension SagaRow {
    static let columns = "id, status, step, reason, state, started_at, updated_at"

    init(_ row: Row, _ definition: String) throws {
        let id: String = row[0]
        let head = try PayloadCoding.decode(SagaEnvelopeHead.self, from: row[4])
        let progress = try SagaStorage.progress(row[1], row[2], row[3], head.marks, head.attempt, "\(definition)/\(id)")
        self.init(id: id, progress: progress, startedAt: Timestamp(microseconds: row[5]), updatedAt: Timestamp(microseconds: row[6]))
    }
}
