import GRDB
import Messaging

/// What a service does follows from its messages in the order in which their keys were published, also when a message failed, came again,
/// or had to wait.
///
/// Seen by what follows: each message of an outbox names the message that caused it, and an outbox is numbered in the order of commits.
public struct HandledInOrder: Oracle {
    public let name = "handled in order"

    public init() {}

    public func afterSettle(_ view: LabView) throws {
        var causes = [String: LoggedMessage]()
        var said = [String: [(row: UInt64, message: Message)]]()
        for logged in try view.loggedMessages() where !LabView.isPoison(logged.message) {
            let message = logged.message
            causes[message.id] = logged
            guard let row = NoMessageLost.outboxRow(of: message), message.causationID != nil else { continue }
            said[message.source, default: []].append((row, message))
        }
        for (service, messages) in said.sorted(by: { $0.key < $1.key }) {
            var last = [String: (offset: UInt64, message: Message)]()
            for (_, message) in messages.sorted(by: { $0.row < $1.row }) {
                guard let cause = message.causationID.flatMap({ causes[$0] }) else { continue }
                let lane = "\(cause.position.topic)/\(cause.position.partition) \(cause.message.partitionKey)"
                if let before = last[lane], before.offset > cause.position.offset {
                    try view.expect(
                        false, "\(service) handles messages about \(cause.message.partitionKey) in the order of \(cause.position.topic)",
                        "\(cause.message.type) at \(LogIntact.text(cause.position)) led to \(message.type) after the one at "
                            + "\(before.offset) had led to \(before.message.type)")
                }
                last[lane] = (cause.position.offset, message)
            }
        }
    }
}

extension Oracle where Self == HandledInOrder {
    public static var handledInOrder: HandledInOrder { HandledInOrder() }
}
