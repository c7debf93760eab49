import GRDB
import Runtime

/// A committed message stays in its outbox until the log has it: only then may its row go.
///
/// The relay says so at `relay.published`, which it reaches after the log's answer; looked at with every commit.
public struct OutboxKept: Oracle {
    public let name = "outbox kept until published"
    private let state = PerRun(State())

    private struct State: Sendable {
        var eventsSeen = 0
        /// By instance: up to which row the log has its messages.
        var published = [String: Int64]()
    }

    public init() {}

    public func afterCommit(of service: String, _ view: LabView) throws {
        let sql = "SELECT coalesce((SELECT min(id) - 1 FROM outbox), (SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)"
        let deleted = try view.number(service, sql)
        guard deleted > 0 else { return }
        let published = state.with(view) { state in
            let events = view.history.events
            for event in events[min(state.eventsSeen, events.count)...] where event.point == .relayPublished {
                // `orders 7...9`
                guard let last = event.subject.split(separator: ".").last.flatMap({ Int64($0) }) else { continue }
                state.published[event.instance] = max(last, state.published[event.instance] ?? 0)
            }
            state.eventsSeen = events.count
            return state.published[service] ?? 0
        }
        try view.expect(
            deleted <= published, "messages of \(service) after number \(published) are in its outbox: the log does not have them yet",
            "the rows up to \(deleted) are gone")
    }
}

extension Oracle where Self == OutboxKept {
    public static var outboxKept: OutboxKept { OutboxKept() }
}
