/// The work can never succeed: a message becomes a dead letter at once, a timer is given up.
///
///     guard let order = try Order.fetchOne(tx.db, id: payload.order_id) else { throw PermanentFailure("no order \(payload.order_id)") }
public struct PermanentFailure: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}

/// The work cannot succeed now. `after` nil leaves the delay to the retry policy.
public struct RetryLater: Error, Sendable, CustomStringConvertible {
    public let after: Duration?
    public let reason: String
    public init(after: Duration? = nil, _ reason: String) {
        self.after = after
        self.reason = reason
    }
    public var description: String { reason }
}
