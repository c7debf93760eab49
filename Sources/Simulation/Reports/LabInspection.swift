import Foundation
import Lab
import Messaging
import Runtime

/// The state of a simulated lab at one moment: databases, topics and sagas, as the verbs of `labctl` show those of a live one.
///
///     options.onEvent = { lab, event in
///         guard event.number == 212 else { return }
///         print(try LabInspection(lab).sql("orders", "SELECT * FROM orders_order"))
///         throw Simulator.StopHere()
///     }
///
/// Looks at what is committed; valid only during the event it was made in.
public struct LabInspection {
    private let lab: SimulatedLab

    public init(_ lab: SimulatedLab) { self.lab = lab }

    public struct TopicLine: Codable, Sendable {
        public var partition: Int
        public var offset: UInt64
        public var type: String
        public var subject: String
        public var time: String
        public var payload: String
    }

    public struct Rows: Codable, Sendable, CustomStringConvertible {
        public var columns: [String]
        public var rows: [[SQLValue]]

        public var description: String {
            ([columns] + rows.map { $0.map { $0.text ?? "NULL" } }).map { $0.joined(separator: " | ") }.joined(separator: "\n")
        }
    }

    public var services: [String] { lab.stores.map(\.name) }
    public var topics: [String] { withView { $0.topics().map(\.name).sorted() } }

    /// A statement that only reads; the list of tables when nil.
    /// - Throws: ``LabError`` for an unknown service, or with SQLite's message.
    public func sql(_ service: String, _ query: String? = nil) throws -> Rows {
        let result = try lab.sql(service, query ?? SQLConsole.tables)
        return Rows(columns: result.columns, rows: result.rows)
    }

    /// Everything in a topic.
    /// - Throws: ``LabError`` for an unknown one.
    public func messages(in topic: String) throws -> [TopicLine] {
        guard topics.contains(topic) else { throw LabError.unknown("topic", topic, known: topics) }
        return try withView { view in
            try view.loggedMessages().filter { $0.position.topic == topic }.map { logged in
                TopicLine(
                    partition: logged.position.partition, offset: logged.position.offset, type: logged.message.type,
                    subject: logged.message.subject, time: logged.message.time.rfc3339,
                    payload: String(decoding: logged.message.payload, as: UTF8.self))
            }
        }
    }

    /// Every saga of every service, or the log of those with this id.
    public func sagas(_ id: String? = nil) throws -> Rows {
        var result = Rows(columns: [], rows: [])
        for service in services {
            guard try !lab.sql(service, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'sagas'").rows.isEmpty else {
                continue
            }
            let part: Rows
            if let id {
                let quoted = id.replacing("'", with: "''")
                part = try sql(
                    service,
                    "SELECT definition AS saga, saga_id AS id, step, event, detail FROM saga_log WHERE saga_id = '\(quoted)' ORDER BY seq")
            } else {
                part = try sql(service, "SELECT definition AS saga, id, status, step, reason FROM sagas ORDER BY started_at, id")
            }
            if result.columns.isEmpty { result.columns = ["service"] + part.columns }
            result.rows += part.rows.map { [.text(service)] + $0 }
        }
        return result
    }

    private func withView<T>(_ body: (LabView) throws -> T) rethrows -> T {
        try body(lab.view())
    }
}
