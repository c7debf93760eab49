import Messaging

/// Nothing ended among the dead letters: every message could be handled.
///
/// A dead letter is a decision, not a loss; but in a system whose parts agree there is nothing that nobody can handle.
public struct NoDeadLetters: Oracle {
    public let name = "no dead letters"
    private let isExpected: @Sendable (DeadLetter) -> Bool

    /// - Parameter isExpected: true for those that belong there. Messages that the run itself has poisoned do.
    public init(exceptWhere isExpected: @escaping @Sendable (DeadLetter) -> Bool = { _ in false }) { self.isExpected = isExpected }

    public func afterSettle(_ view: LabView) throws {
        guard let letter = try view.deadLetters().first(where: { !LabView.isPoison($0.message) && !isExpected($0) }) else { return }
        try view.expect(
            false, "every message can be handled",
            "\(letter.message.type) about \(letter.message.subject) is a dead letter of \(letter.group) after \(letter.attempts) attempts: "
                + (letter.causes.last ?? "without a reason"))
    }
}

extension Oracle where Self == NoDeadLetters {
    public static var noDeadLetters: NoDeadLetters { NoDeadLetters() }
}
