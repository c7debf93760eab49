import Foundation
import GRDB
import Messaging
import Runtime
import Storage

/// One saga as it is stored: a row of `sagas`, its `state` column a JSON envelope around the definition's own state.
struct SagaRecord<State: Codable & Sendable>: Sendable {
    var progress: SagaProgress
    /// Given to every command, also to those that a timer sends.
    var correlationID: String
    /// When the step in work is to be taken up again; nil when nothing is waited for.
    var deadline: Timestamp?
    /// When the saga's durable timer is due: at the deadline, or before it.
    var timer: Timestamp?
    var state: State
}

/// The JSON in the `state` column. `marks` has one character a step, see ``SagaStepStatus``.
struct SagaEnvelope<State: Codable>: Codable {
    var correlation_id: String
    var marks: String
    var attempt: Int
    var deadline: Timestamp?
    var timer: Timestamp?
    var state: State
}

/// The envelope without the definition's state, for lists.
struct SagaEnvelopeHead: Codable {
    var marks: String
    var attempt: Int
}

/// A line of `saga_log` to be written.
struct SagaLogLine {
    let step: String
    let event: SagaEvent
    let detail: String?
}

/// SQL of the tables `sagas` and `saga_log`: one statement for a read, one for a change, one for a line of the log.
enum SagaStorage {
    static func load<State>(_ definition: String, _ id: String, as type: State.Type, in db: Database) throws -> SagaRecord<State>? {
        try db.first("SELECT status, step, reason, state FROM sagas WHERE definition = ? AND id = ?", definition, id) { row in
            let envelope = try PayloadCoding.decode(SagaEnvelope<State>.self, from: row[3])
            let progress = try progress(row[0], row[1], row[2], envelope.marks, envelope.attempt, "\(definition)/\(id)")
            return SagaRecord(
                progress: progress, correlationID: envelope.correlation_id, deadline: envelope.deadline, timer: envelope.timer,
                state: envelope.state)
        }
    }

    static func insert<State>(_ definition: String, _ id: String, _ record: SagaRecord<State>, at now: Timestamp, in db: Database) throws {
        try db.run(
            "INSERT INTO sagas(definition, id, status, step, reason, state, started_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            definition, id, record.progress.status.rawValue, record.progress.position, record.progress.reason, try envelope(record),
            now.microseconds, now.microseconds)
    }

    static func update<State>(_ definition: String, _ id: String, _ record: SagaRecord<State>, at now: Timestamp, in db: Database) throws {
        let (progress, state) = (record.progress, try envelope(record))
        // The status is in an index of open sagas, which is left alone as long as the status stays: at nearly every step.
        let isSame =
            try db.run(
                "UPDATE sagas SET step = ?, reason = ?, state = ?, updated_at = ? WHERE definition = ? AND id = ? AND status = ?",
                progress.position, progress.reason, state, now.microseconds, definition, id, progress.status.rawValue) == 1
        if isSame { return }
        try db.run(
            "UPDATE sagas SET status = ?, step = ?, reason = ?, state = ?, updated_at = ? WHERE definition = ? AND id = ?",
            progress.status.rawValue, progress.position, progress.reason, state, now.microseconds, definition, id)
    }

    static func log(_ definition: String, _ id: String, _ lines: [SagaLogLine], at now: Timestamp, in db: Database) throws {
        for line in lines {
            try db.run(
                "INSERT INTO saga_log(definition, saga_id, at, step, event, detail) VALUES (?, ?, ?, ?, ?, ?)", definition, id,
                now.microseconds, line.step, line.event.rawValue, line.detail)
        }
    }

    static func progress(
        _ status: String, _ position: Int, _ reason: String?, _ marks: String, _ attempt: Int, _ place: String
    ) throws -> SagaProgress {
        guard let status = SagaStatus(rawValue: status), let steps = SagaProgress.steps(marks: marks) else {
            throw SagaStorageError(saga: place, problem: "status \(status) or marks \(marks) are not known")
        }
        return SagaProgress(status: status, steps: steps, position: position, attempt: attempt, reason: reason)
    }

    private static func envelope<State>(_ record: SagaRecord<State>) throws -> Data {
        try PayloadCoding.encode(
            SagaEnvelope(
                correlation_id: record.correlationID, marks: record.progress.marks, attempt: record.progress.attempt,
                deadline: record.deadline, timer: record.timer, state: record.state))
    }
}

/// A stored saga that this definition cannot go on with.
public struct SagaStorageError: Error, Sendable, CustomStringConvertible {
    public let saga: String
    public let problem: String
    public var description: String { "saga \(saga): \(problem); it was written by another release of the service" }
}
