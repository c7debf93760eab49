import GRDB
import Messaging
import Runtime

/// Every message that a transaction committed is in the log, and every group has acknowledged it or keeps it as a dead letter.
///
/// Outbox rows are numbered without gaps, and row 7 of `orders` is the message `orders-7`: what is missing can be named even when the
/// row is long gone.
public struct NoMessageLost: Oracle {
    public let name = "no message lost"

    public init() {}

    public func afterSettle(_ view: LabView) throws {
        var known = [String: [UInt64: Message]]()
        for logged in try view.loggedMessages() {
            guard let row = Self.outboxRow(of: logged.message) else { continue }
            known[logged.message.source, default: [:]][row] = logged.message
        }
        for service in view.services { try check(service, known[service] ?? [:], view) }
        for group in view.groups() where group.lag > 0 {
            let behind = group.partitions.filter { $0.lag > 0 }.map { "\($0.lag) of \($0.topic)/\($0.partition)" }
            try view.expect(false, "group \(group.name) has answered every message", "not yet: \(behind.joined(separator: ", "))")
        }
    }

    private func check(_ service: String, _ logged: [UInt64: Message], _ view: LabView) throws {
        let last = UInt64(try view.number(service, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'"))
        guard last > 0 else { return }
        for row in 1...last where logged[row] == nil {
            let id = "\(service)-\(row)"
            let waiting = try view.rows(service, "SELECT type, subject FROM outbox WHERE id = ?", [Int64(row)]).first
            if let waiting {
                try view.expect(
                    false, "message \(id), committed by \(service), is in the log",
                    "\(waiting[0] as String) about \(waiting[1] as String) is still in the outbox")
            }
            // Messages of one transaction have the same time; the neighbours say when it was and what it was about.
            let before = logged[row - 1].map { "\($0.type) about \($0.subject) went before" }
            let after = logged[row + 1].map { "\($0.type) about \($0.subject) came after" }
            let time = logged[row - 1]?.time ?? logged[row + 1]?.time ?? Timestamp(microseconds: 0)
            let why = view.end(of: service, after: time).map { "; \($0)" } ?? ""
            try view.expect(
                false, "message \(id), committed by \(service), is in the log",
                "it is neither in the log nor in the outbox" + [before, after].compactMap(\.self).map { ", \($0)" }.joined() + why)
        }
    }

    /// The outbox row that a message came from.
    static func outboxRow(of message: Message) -> UInt64? {
        guard message.id.hasPrefix(message.source + "-") else { return nil }
        return UInt64(message.id.dropFirst(message.source.count + 1))
    }
}

extension Oracle where Self == NoMessageLost {
    public static var noMessageLost: NoMessageLost { NoMessageLost() }
}
