/// A change of the log other than an append: a member joins, a message is refused, a group is moved.
///
/// `body` runs inside the writer's transaction. It refuses by throwing ``BusError`` before it has written anything, and then fails
/// alone; what it returns is run after the commit, under the lock of `LogState`.
final class ChangeRequest: @unchecked Sendable {
    // Unchecked: belongs to the caller until it is enqueued, then to the writer until its continuation is resumed.
    typealias Effect = () -> Void

    /// Depends on the effects of changes before it, so it has to be the last one of its transaction.
    let isStructural: Bool
    let body: (LMDBTransaction) throws -> Effect
    var continuation: UnsafeContinuation<Void, any Error>?

    init(isStructural: Bool, _ body: @escaping (LMDBTransaction) throws -> Effect) {
        self.isStructural = isStructural
        self.body = body
    }
}
