/// Thrown by a local action: the step is refused for good, and the saga turns back.
///
///     .performs { order, tx in guard try order.isOpen(in: tx.db) else { throw SagaRefusal("the order is closed") } }
///
/// What the action has written is undone. After the pivot a refusal is tried again, like any other error.
public struct SagaRefusal: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
