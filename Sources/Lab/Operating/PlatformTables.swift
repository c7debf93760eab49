import Foundation
import GRDB
import Runtime
import Sagas

/// The operators' view of the tables that every service's file has: outbox, inbox, sagas.
package struct PlatformTables {
    let service: String
    let file: URL
    /// What the service says of its sagas; empty before its first start.
    var definitions: [any SagaInspecting] = []

    func outbox(rowsMax: Int, isEmpty: Bool) throws -> OutboxView {
        try SQLConsole.connection(file).read { db in
            let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox") ?? 0
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, topic, type, subject, time_at FROM outbox ORDER BY id LIMIT ?", arguments: [rowsMax])
            return OutboxView(
                service: service, waiting: isEmpty ? 0 : count, relayed: isEmpty ? count : 0,
                rows: rows.map {
                    OutboxView.Row(
                        id: $0["id"], topic: $0["topic"], type: $0["type"], subject: $0["subject"], time: Self.time($0["time_at"]))
                })
        }
    }

    func inbox() throws -> [InboxView] {
        try SQLConsole.connection(file).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT consumer_group, count(*) AS messages, max(received_at) AS last_at,
                      (SELECT message_id FROM inbox b WHERE b.consumer_group = a.consumer_group ORDER BY received_at DESC LIMIT 1) AS last_id
                    FROM inbox a GROUP BY consumer_group ORDER BY consumer_group
                    """
            ).map { row in
                InboxView(
                    service: service, group: row["consumer_group"], messages: row["messages"], last_message_id: row["last_id"],
                    last_received_at: (row["last_at"] as Int64?).map(Self.time))
            }
        }
    }

    package func openSagas() throws -> Int { try SQLConsole.connection(file).read(Self.openSagas) }

    package static func openSagas(in db: Database) throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM sagas WHERE status IN ('running', 'compensating')")) ?? 0
    }

    func sagas(status: String?, isOpenOnly: Bool, limit: Int) throws -> [SagaView] {
        try SQLConsole.connection(file).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT definition, id, status, step, reason, started_at, updated_at FROM sagas
                    WHERE (?1 IS NULL OR status = ?1) AND (?2 = 0 OR status IN ('running', 'compensating'))
                    ORDER BY started_at DESC, id DESC LIMIT ?3
                    """, arguments: [status, isOpenOnly ? 1 : 0, limit]
            ).map { row in
                var saga = view(row)
                if let definition = definition(saga.definition) { saga.name(by: try definition.instance(saga.id, in: db)) }
                return saga
            }
        }
    }

    private func definition(_ name: String) -> (any SagaInspecting)? { definitions.first { $0.name == name } }

    /// - Parameter definition: of any when nil; the newest counts.
    func saga(_ id: String, of name: String?) throws -> SagaView? {
        try SQLConsole.connection(file).read { db in
            let sql = "SELECT * FROM sagas WHERE id = ?1 AND (?2 IS NULL OR definition = ?2) ORDER BY started_at DESC"
            guard let row = try Row.fetchOne(db, sql: sql, arguments: [id, name]) else { return nil }
            var saga = view(row)
            if let instance = try definition(saga.definition)?.instance(id, in: db) {
                saga.name(by: instance)
                saga.draw(instance)
            }
            saga.state = String(decoding: (row["state"] as Data?) ?? Data(), as: UTF8.self)
            saga.log = try Row.fetchAll(
                db, sql: "SELECT at, step, event, detail FROM saga_log WHERE definition = ? AND saga_id = ? ORDER BY seq",
                arguments: [saga.definition, id]
            ).map { SagaView.Entry(at: Self.time($0["at"]), step: $0["step"], event: $0["event"], detail: $0["detail"]) }
            return saga
        }
    }

    private func view(_ row: Row) -> SagaView {
        SagaView(
            service: service, definition: row["definition"], id: row["id"], status: row["status"], step: row["step"], reason: row["reason"],
            started_at: Self.time(row["started_at"]), updated_at: Self.time(row["updated_at"]), state: nil, log: nil)
    }

    private static func time(_ microseconds: Int64) -> String { Timestamp(microseconds: microseconds).rfc3339 }
}
