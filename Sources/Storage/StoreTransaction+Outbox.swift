import Foundation
import GRDB
import Messaging
import Runtime

extension StoreTransaction {
    /// Publishes a message: adds it to this transaction's outbox. The relay appends it to the log after COMMIT, in commit order.
    /// - Parameters:
    ///   - subject: identifier of what the message is about.
    ///   - key: decides the partition and what is kept in order; the subject when nil.
    /// - Throws: ``BusError`` `payloadTooLarge` for what no log would take. Refused here, with the write that caused it: the relay can
    ///   neither publish such a row nor skip it, and everything behind it would wait for ever.
    public func publish<P>(_ type: MessageType<P>, _ payload: P, subject: String, key: String? = nil) throws {
        var message = Message(
            id: "", source: service, type: type.name, subject: subject, time: now, topic: type.topic.name, partitionKey: key ?? subject,
            traceparent: cause.traceparent, correlationID: cause.correlationID, causationID: cause.causationID,
            payload: try PayloadCoding.encode(payload))
        try message.requireWithinLimits()
        try db.run(
            """
            INSERT INTO outbox(topic, partition_key, type, subject, time_at, correlation_id, causation_id, traceparent, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, message.topic, message.partitionKey, message.type, subject, now.microseconds, cause.correlationID, cause.causationID,
            cause.traceparent, message.payload)
        let id = db.lastInsertedRowID
        if seeded("outbox.kept-in-memory-only") { try db.run("DELETE FROM outbox WHERE id = ?", id) }
        message.id = OutboxRow.messageID(service: service, row: id)
        noteOutbox(OutboxRow(id: id, message: message))
    }
}

/// A committed outbox row. Its number is the producer's sequence number in the log.
public struct OutboxRow: Sendable {
    public let id: Int64
    public let message: Message

    static func messageID(service: String, row: Int64) -> String { "\(service)-\(row)" }

    static func fetch(after id: Int64, limit: Int, service: String, from db: Database) throws -> [OutboxRow] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT id, topic, partition_key, type, subject, time_at, correlation_id, causation_id, traceparent, payload
                FROM outbox WHERE id > ? ORDER BY id LIMIT ?
                """, arguments: [id, limit]
        ).map { row in
            OutboxRow(
                id: row[0],
                message: Message(
                    id: messageID(service: service, row: row[0]), source: service, type: row[3], subject: row[4],
                    time: Timestamp(microseconds: row[5]), topic: row[1], partitionKey: row[2], traceparent: row[8],
                    correlationID: row[6], causationID: row[7], payload: row[9]))
        }
    }
}
