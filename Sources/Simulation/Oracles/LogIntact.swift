import Messaging

/// The log can be read from end to end; it has each message once, and the messages of an outbox in the order of their commits.
///
/// Consumers' positions lie within the log.
public struct LogIntact: Oracle {
    public let name = "log intact"

    public init() {}

    public func afterSettle(_ view: LabView) throws {
        var places = [String: Position]()
        var last = [String: (number: UInt64, position: Position)]()
        for logged in try view.loggedMessages() {  // throws at a damaged record
            let message = logged.message
            if let first = places.updateValue(logged.position, forKey: "\(message.source)/\(message.id)") {
                try view.expect(
                    false, "message \(message.id) stands in the log once",
                    "it stands at \(Self.text(first)) and at \(Self.text(logged.position))")
            }
            guard let number = NoMessageLost.outboxRow(of: message) else { continue }
            // Order is promised within a partition only.
            let lane = "\(message.source) \(logged.position.topic)/\(logged.position.partition)"
            if let before = last[lane] {
                try view.expect(
                    before.number < number, "messages of \(message.source) stand in \(logged.position.topic) in the order of their commits",
                    "row \(number) stands at \(Self.text(logged.position)), after row \(before.number) at \(Self.text(before.position))")
            }
            last[lane] = (number, logged.position)
        }
        for group in view.groups() {
            for partition in group.partitions {
                try view.expect(
                    partition.committed <= partition.next, "\(group.name) is no further than the log",
                    "it is at \(partition.committed) of \(partition.topic)/\(partition.partition), which ends at \(partition.next)")
            }
        }
    }

    static func text(_ position: Position) -> String { "\(position.topic)/\(position.partition)/\(position.offset)" }
}

extension Oracle where Self == LogIntact {
    public static var logIntact: LogIntact { LogIntact() }
}
