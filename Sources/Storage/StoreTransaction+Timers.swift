import Foundation
import GRDB
import Runtime

extension StoreTransaction {
    /// Sets a durable timer: once `time` has come its handler runs, also when the process was down then. One per kind and
    /// subject; setting it again moves it.
    public func setTimer(_ kind: String, subject: String, at time: Timestamp, payload: Data = Data()) throws {
        try db.run(
            """
            INSERT INTO timers(kind, subject, due_at, payload) VALUES (?, ?, ?, ?)
            ON CONFLICT(kind, subject) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload
            """, kind, subject, time.microseconds, payload)
        noteTimer(at: time)
    }

    /// Sets a timer unless there is one of its kind and subject: for work that comes round again, so that a restart does not put it off.
    public func keepTimer(_ kind: String, subject: String, at time: Timestamp) throws {
        let isNew =
            try db.run(
                "INSERT INTO timers(kind, subject, due_at, payload) VALUES (?, ?, ?, x'') ON CONFLICT(kind, subject) DO NOTHING", kind,
                subject,
                time.microseconds) == 1
        if isNew { noteTimer(at: time) }
    }

    public func cancelTimer(_ kind: String, subject: String) throws {
        try db.run("DELETE FROM timers WHERE kind = ? AND subject = ?", kind, subject)
    }

    /// Takes a due timer away before its handler runs; false when it was moved or cancelled meanwhile.
    public func takeTimer(_ timer: DueTimer) throws -> Bool {
        try db.run(
            "DELETE FROM timers WHERE kind = ? AND subject = ? AND due_at = ?", timer.kind, timer.subject, timer.dueAt.microseconds) == 1
    }
}

/// A durable timer whose time has come.
public struct DueTimer: Sendable, Hashable {
    public let kind: String
    public let subject: String
    public let dueAt: Timestamp
    public let payload: Data

    public init(kind: String, subject: String, dueAt: Timestamp, payload: Data) {
        self.kind = kind
        self.subject = subject
        self.dueAt = dueAt
        self.payload = payload
    }

    static func fetch(dueBy time: Timestamp, limit: Int, from db: Database) throws -> [DueTimer] {
        try Row.fetchAll(
            db, sql: "SELECT kind, subject, due_at, payload FROM timers WHERE due_at <= ? ORDER BY due_at, kind, subject LIMIT ?",
            arguments: [time.microseconds, limit]
        ).map { DueTimer(kind: $0[0], subject: $0[1], dueAt: Timestamp(microseconds: $0[2]), payload: $0[3]) }
    }

    static func earliest(in db: Database) throws -> Timestamp? {
        try db.first("SELECT due_at FROM timers ORDER BY due_at LIMIT 1") { row in Timestamp(microseconds: row[0]) }
    }
}
