import GRDB
import Messaging
import Runtime

/// A lab as oracles see it: every service's tables, the log, what happened so far, and what clients were promised.
///
/// Services go by their name in the topology or in the roster: `orders` finds `order-service` too.
public struct LabView: Sendable {
    public let history: History
    public let journal: Journal
    /// When the faults were switched off; nil before.
    public var healedAt: Timestamp?
    public let stores: StoreReaders
    private let log: LogContents

    /// - Parameter log: the log of the moment; it changes when the whole process was started again. Nil while it is down.
    public init(
        history: History, journal: Journal, stores: StoreReaders, log: @escaping @Sendable () -> (any LogReading)?,
        healedAt: Timestamp? = nil
    ) {
        self.history = history
        self.journal = journal
        self.stores = stores
        self.log = LogContents(log)
        self.healedAt = healedAt
    }

    // MARK: Tables

    public func has(_ service: String) -> Bool { stores.store(service) != nil }

    /// Names of the services in the topology's words, in its order.
    public var services: [String] { stores.stores.map(\.name) }

    /// Runs a SELECT; the statement is prepared once a connection.
    public func rows(_ service: String, _ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try stores.read(service) { try Row.fetchAll($0.cachedStatement(sql: sql), arguments: arguments) }
    }

    /// The first value of the first row; 0 when there is none, or it is NULL.
    public func number(_ service: String, _ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int64 {
        try stores.read(service) { try Int64.fetchOne($0.cachedStatement(sql: sql), arguments: arguments) ?? 0 }
    }

    /// The first column, as text.
    public func texts(_ service: String, _ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [String] {
        try rows(service, sql, arguments).compactMap { row in row.isEmpty ? nil : LabImage.text(row.databaseValues.first!) }
    }

    public func hasTable(_ table: String, in service: String) throws -> Bool {
        try number(service, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", [table]) > 0
    }

    /// When the next durable timer of any service is due; nil when none is set.
    public func nextTimer() throws -> Timestamp? {
        try services.filter { try hasTable("timers", in: $0) }
            .compactMap { try stores.read($0) { try Int64.fetchOne($0, sql: "SELECT min(due_at) FROM timers") } }
            .min().map(Timestamp.init(microseconds:))
    }

    // MARK: Log

    /// Everything in a topic, by partition and offset.
    public func messages(_ topic: String) throws -> [Message] { try log.messages(topic).map(\.message) }

    public func loggedMessages() throws -> [LoggedMessage] { try log.all() }
    public func topics() -> [TopicStatus] { log.reader?.currentTopics() ?? [] }
    public func groups() -> [GroupStatus] { log.reader?.currentGroups() ?? [] }
    public func deadLetters() throws -> [DeadLetter] { try log.reader?.currentDeadLetters() ?? [] }

    /// True for a message that a fault has put there: a copy that cannot be decoded.
    public static func isPoison(_ message: Message) -> Bool { message.id.hasPrefix("poison-") }

    /// True when some group has not answered the message yet.
    public func isInFlight(_ message: LoggedMessage) -> Bool {
        groups().contains { group in
            group.partitions.contains {
                $0.topic == message.position.topic && $0.partition == message.position.partition && $0.lag > 0
                    && message.position.offset >= $0.committed
            }
        }
    }

    // MARK: Saying no

    /// - Throws: ``Violation`` with `expected` and `found`; the run adds which oracle, when and where.
    public func expect(
        _ condition: Bool, _ expected: @autoclosure () throws -> String, _ found: @autoclosure () throws -> String = "it is not so"
    ) throws {
        if !condition { throw Violation(oracle: "", expected: try expected(), found: try found()) }
    }

    // MARK: What led there

    /// The first end of `instance` at or after `time`, in words: `orders ended at store.after at 2026-01-01T00:00:01Z (event 212)`.
    public func end(of instance: String, after time: Timestamp) -> String? {
        let end = history.events.first { event in
            event.point.name == "world.crash" && event.time >= time && (event.instance == instance || event.subject.hasPrefix("process"))
        }
        return end.map { event in
            let whole = event.subject.hasPrefix("process")
            let place = whole ? event.subject.dropFirst("process".count).trimmingPrefix(" at ") : event.subject[...]
            return "\(whole ? "the whole process" : instance) ended at \(place) at \(event.time.rfc3339) (event \(event.number))"
        }
    }
}
