import CatalogAPI
import Messaging
import PaymentsAPI

/// Whoever sends a command is answered: once it has been handled there is a reply that names it as its cause.
///
///     CommandsAnswered(["Till.Charge.v1": ["Till.Charged.v1"]])
///
/// Commands that became dead letters are not judged; ``NoDeadLetters`` does.
public struct CommandsAnswered: Oracle {
    public let name = "commands answered"
    private let replies: [String: Set<String>]

    /// - Parameter replies: types of the replies by type of the command.
    public init(_ replies: [String: Set<String>]) { self.replies = replies }

    public func afterSettle(_ view: LabView) throws {
        let answers = Set(replies.values.joined())
        var answered = Set<String>()
        let log = try view.loggedMessages()
        for logged in log where answers.contains(logged.message.type) {
            if let cause = logged.message.causationID { answered.insert("\(cause) \(logged.message.type)") }
        }
        let dead = Set(try view.deadLetters().map(\.message.id))
        for logged in log where !LabView.isPoison(logged.message) {
            let message = logged.message
            guard let replies = replies[message.type], !dead.contains(message.id) else { continue }
            try view.expect(
                replies.contains { answered.contains("\(message.id) \($0)") }, "\(message.type) about \(message.subject) is answered",
                "nothing follows from message \(message.id)")
        }
    }
}

extension Oracle where Self == CommandsAnswered {
    /// The marketplace's. Committing stock is left out: an order that waits for goods is answered when they come, by what brings them.
    public static var commandsAnswered: CommandsAnswered {
        CommandsAnswered([
            CatalogAPI.reserve.name: [CatalogAPI.reserved.name, CatalogAPI.refused.name],
            CatalogAPI.release.name: [CatalogAPI.released.name],
            PaymentsAPI.authorizeCommand.name: [PaymentsAPI.authorizeSucceeded.name, PaymentsAPI.authorizeFailed.name],
            PaymentsAPI.captureCommand.name: [PaymentsAPI.captureSucceeded.name],
            PaymentsAPI.voidCommand.name: [PaymentsAPI.voidSucceeded.name],
        ])
    }
}
