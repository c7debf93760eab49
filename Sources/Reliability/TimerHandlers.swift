import Storage

/// What a service does when its durable timers are due, by kind.
///
///     timers.on("reservation.expires") { timer, tx in try release(timer.subject, in: tx) }
///
/// The timer's row is deleted in the transaction in which its handler runs; a handler that sets the same timer again moves it on.
public struct TimerHandlers: Sendable {
    public typealias Handler = @Sendable (DueTimer, StoreTransaction) throws -> Void
    private var byKind = [String: Handler]()

    public init() {}

    public var kinds: [String] { byKind.keys.sorted() }
    public var isEmpty: Bool { byKind.isEmpty }

    public mutating func on(_ kind: String, _ handle: @escaping Handler) {
        precondition(byKind[kind] == nil, "timer kind \(kind) has a handler already")
        byKind[kind] = handle
    }

    func handler(for kind: String) -> Handler? { byKind[kind] }
}
