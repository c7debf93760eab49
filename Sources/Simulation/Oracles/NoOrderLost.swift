import GRDB
import Messaging
import Runtime

/// What a client was promised exists, has been decided, and everybody was told; else says which one was lost, and why.
///
///     .noOrderLost                                                      // the marketplace's orders
///     NoOrderLost(
///         kind: "booking", in: "hotel", "SELECT id, status, updated_at FROM booking", open: ["asked"], saga: "stay",
///         tells: ["sure": "Booking.Confirmed.v1", "refused": "Booking.Refused.v1"])
///
/// The workload says what was promised: `lab.journal.record("booking", id, ["key": key])` after each answer.
public struct NoOrderLost: Oracle {
    public let name: String
    private let kind: String
    private let service: String
    private let sql: String
    private let open: Set<String>
    private let saga: String?
    private let placed: String?
    private let tells: [String: String]

    /// - Parameters:
    ///   - kind: of the promises in the ``Journal``.
    ///   - sql: identifier, status, and when it was reached in microseconds; and, if there is a fourth column, when it was placed.
    ///   - open: statuses in which nothing is decided yet.
    ///   - saga: definition of the saga that decides; its identifier is that of the order.
    ///   - placed: type of the message that announces each of them, whatever becomes of it.
    ///   - tells: type of the message that announces a status. Its subject is the identifier.
    public init(
        kind: String, in service: String, _ sql: String, open: Set<String>, saga: String? = nil, placed: String? = nil,
        tells: [String: String] = [:]
    ) {
        name = "no \(kind) lost"
        self.kind = kind
        self.service = service
        self.sql = sql
        self.open = open
        self.saga = saga
        self.placed = placed
        self.tells = tells
    }

    public func afterSettle(_ view: LabView) throws {
        guard view.has(service) else { return }
        var found = [String: (status: String, at: Timestamp, placed: Timestamp)]()
        for row in try view.rows(service, sql) {
            let placed: Int64 = row.count > 3 ? row[3] : 0
            found[LabImage.text(row.databaseValues.first!)] = (row[1], Timestamp(microseconds: row[2]), Timestamp(microseconds: placed))
        }
        for promise in view.journal.promises(kind) where found[promise.id] == nil {
            let key = promise.facts["key"].map { " (key \($0))" } ?? ""
            let why = view.end(of: service, after: Timestamp(microseconds: 0)).map { ": \($0)" } ?? ""
            try view.expect(false, "\(kind) \(promise.id)\(key), which a client was told of, exists", "it is gone\(why)")
        }
        let told = try announcements(view)
        for (id, order) in found.sorted(by: { ($0.value.at, $0.key) < ($1.value.at, $1.key) }) {
            if open.contains(order.status) {
                try view.expect(false, "\(kind) \(id) is decided", "it is still \(order.status)\(try lastMove(id, view))")
            }
            for type in [placed, tells[order.status]].compactMap(\.self) where !told.contains("\(type) \(id)") {
                let why = reason(view, since: type == placed ? order.placed : order.at) ?? ""
                try view.expect(
                    false, "\(kind) \(id), which is \(order.status), is announced",
                    "\(kind) \(id) is lost to everybody else: \(type) about it was committed and never reached the log\(why)")
            }
        }
    }

    /// The crash that came between the commit and the log.
    private func reason(_ view: LabView, since time: Timestamp) -> String? {
        view.end(of: view.stores.store(service)?.name ?? service, after: time).map {
            "; \($0), after the commit and before the message was published"
        }
    }

    private func announcements(_ view: LabView) throws -> Set<String> {
        let types = Set(tells.values).union(placed.map { [$0] } ?? [])
        return Set(try view.loggedMessages().lazy.map(\.message).filter { types.contains($0.type) }.map { "\($0.type) \($0.subject)" })
    }

    private func lastMove(_ id: String, _ view: LabView) throws -> String {
        guard let saga else { return "" }
        let rows = try view.rows(
            service, "SELECT step, event, at, detail FROM saga_log WHERE definition = ? AND saga_id = ? ORDER BY seq DESC LIMIT 1",
            [saga, id])
        guard let row = rows.first else { return "; no saga was begun for it" }
        let detail = (row[3] as String?).map { " (\($0))" } ?? ""
        return "; its saga moved last at \(Timestamp(microseconds: row[2]).rfc3339): \(row[0] as String) \(row[1] as String)\(detail)"
    }
}

extension Oracle where Self == NoOrderLost {
    public static var noOrderLost: NoOrderLost {
        NoOrderLost(
            kind: "order", in: "orders", "SELECT CAST(id AS TEXT), status, updated_at, created_at FROM orders_order",
            open: ["pending", "reserved", "paid"],
            saga: "checkout", placed: "Order.Placed.v1",
            tells: [
                "confirmed": "Order.Confirmed.v1", "rejected": "Order.Rejected.v1", "cancelled": "Order.Cancelled.v1",
                "compensated": "Order.Rejected.v1",
            ])
    }
}
