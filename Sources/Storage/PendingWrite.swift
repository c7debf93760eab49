import Messaging

/// A write that waits for its group's transaction.
protocol PendingWrite: AnyObject, Sendable {
    var cause: Cause { get }
    /// Runs the body; keeps the result for `succeed`.
    func run(in transaction: StoreTransaction) throws
    func succeed()
    func fail(_ error: any Error)
}

final class PendingWriteOf<T: Sendable>: PendingWrite, @unchecked Sendable {
    // Unchecked: handed from the caller to the lane once; `result` and `continuation` are touched on the lane only.
    let cause: Cause
    private let body: @Sendable (StoreTransaction) throws -> T
    private var result: T?
    private var continuation: UnsafeContinuation<T, any Error>?

    init(
        cause: Cause, body: @escaping @Sendable (StoreTransaction) throws -> T, continuation: UnsafeContinuation<T, any Error>?
    ) {
        self.cause = cause
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: StoreTransaction) throws { result = try body(transaction) }

    func succeed() {
        continuation?.resume(returning: result!)
        continuation = nil
    }

    func fail(_ error: any Error) {
        continuation?.resume(throwing: error)
        continuation = nil
    }
}
