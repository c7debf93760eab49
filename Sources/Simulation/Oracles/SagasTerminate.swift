import GRDB
import Runtime

/// Every saga ends, completed or compensated, within a virtual time from its beginning, or from the end of the faults when that was later.
public struct SagasTerminate: Oracle {
    public let name = "sagas terminate"
    private let limit: Duration

    public init(within limit: Duration) { self.limit = limit }

    public func afterSettle(_ view: LabView) throws {
        for service in view.services {
            for row in try view.rows(
                service, "SELECT definition, id, status, started_at, updated_at, reason FROM sagas ORDER BY started_at, id")
            {
                let (saga, status) = ("\(row[0] as String)/\(row[1] as String) of \(service)", row[2] as String)
                guard status == "completed" || status == "compensated" else {
                    try view.expect(false, "saga \(saga) has ended", "it is \(status)\(try lastMove(service, row[0], row[1], view))")
                    continue
                }
                let (began, ended) = (Timestamp(microseconds: row[3]), Timestamp(microseconds: row[4]))
                let from = max(began, view.healedAt ?? began)
                let took = ended - from
                try view.expect(
                    took <= limit, "saga \(saga) ends within \(limit)", "it took \(took), from \(from.rfc3339) to \(ended.rfc3339)")
            }
        }
    }

    private func lastMove(_ service: String, _ definition: String, _ id: String, _ view: LabView) throws -> String {
        let rows = try view.rows(
            service, "SELECT step, event, at FROM saga_log WHERE definition = ? AND saga_id = ? ORDER BY seq DESC LIMIT 1",
            [definition, id])
        return rows.first.map { ", and moved last at \(Timestamp(microseconds: $0[2]).rfc3339): \($0[0] as String) \($0[1] as String)" }
            ?? ""
    }
}

extension Oracle where Self == SagasTerminate {
    public static func sagasTerminate(within limit: Duration) -> SagasTerminate { SagasTerminate(within: limit) }
}
