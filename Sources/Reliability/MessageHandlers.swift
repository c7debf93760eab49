import Messaging
import Storage

/// What a consumer group does with each message type.
///
///     var handlers = MessageHandlers()
///     handlers.on(OrdersAPI.placed) { placed, message, tx in
///         try tx.db.execute(sql: "INSERT INTO …", arguments: [placed.order_id])
///         try tx.publish(OrdersAPI.counted, …, subject: message.subject)
///     }
///
/// A handler runs inside the batch's transaction, after the inbox check: what it does there takes effect once for each message, or not at
/// all when it throws. It may be run again before that, when another message of the batch fails and the batch is done again.
/// What it throws is classified by ``ErrorClassifier``. Several handlers of one type run in the order in which they were added, all
/// or none of them. Messages of unknown types are acknowledged.
public struct MessageHandlers: Sendable {
    typealias Commit = @Sendable (Message, StoreTransaction) throws -> Void

    enum Handler: Sendable {
        case commit(Commit)
        case effect(@Sendable (Delivery) async throws -> Commit)
    }

    private var byType = [String: [Handler]]()
    private var any = [Handler]()
    private(set) var hasEffects = false

    public init() {}

    /// Types with a handler of their own, sorted.
    public var types: [String] { byType.keys.sorted() }

    public mutating func on<P>(_ type: MessageType<P>, _ handle: @escaping @Sendable (P, Message, StoreTransaction) throws -> Void) {
        add(type.name, .commit { message, tx in try handle(type.payload(of: message), message, tx) })
    }

    /// For mechanisms that read the payload themselves.
    public mutating func on(typeNamed name: String, _ handle: @escaping @Sendable (Message, StoreTransaction) throws -> Void) {
        add(name, .commit(handle))
    }

    /// Every message that no typed handler takes.
    public mutating func onAny(_ handle: @escaping @Sendable (Message, StoreTransaction) throws -> Void) { any.append(.commit(handle)) }

    /// An effect outside any transaction first, such as a call to a provider; then `commit` in the batch's transaction with its result.
    ///
    /// The effect may run again for the same message, before a restart or beside another member that took the message over: it must
    /// be idempotent by the message's identifier. It has to end well within the subscription's lease. Effects of one key run in order.
    public mutating func onEffect<P, R: Sendable>(
        _ type: MessageType<P>, effect: @escaping @Sendable (P, Delivery) async throws -> R,
        commit: @escaping @Sendable (R, P, Message, StoreTransaction) throws -> Void
    ) {
        hasEffects = true
        add(
            type.name,
            .effect { delivery in
                let payload = try type.payload(of: delivery.message)
                let result = try await effect(payload, delivery)
                return { message, tx in try commit(result, payload, message, tx) }
            })
    }

    /// Nil when nobody takes messages of this type.
    func handlers(for type: String) -> [Handler]? { byType[type] ?? (any.isEmpty ? nil : any) }

    private mutating func add(_ type: String, _ handler: Handler) { byType[type, default: []].append(handler) }
}
