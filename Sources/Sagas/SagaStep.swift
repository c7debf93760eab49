import Messaging
import Runtime
import Storage

/// One step of a saga, written as a sentence: what it sends or does, which replies end it, how long it may take, how it is undone.
///
///     .step("reserve stock")
///         .sends(CatalogAPI.reserve) { ReserveStock(order_id: $0.orderID, lines: $0.lines) }
///         .succeeds(on: CatalogAPI.reserved)
///         .fails(on: CatalogAPI.refused) { _, refused, _ in refused.reason }
///         .timesOut(after: .seconds(30))
///         .compensates(with: CatalogAPI.release, done: CatalogAPI.released) { ReleaseStock(order_id: $0.orderID, reason: "saga") }
///
/// A step either sends a command or performs a local action. Closures must not read the clock or draw at random: they get what they
/// need from the state and the transaction. Participants must treat a command that comes twice, and a compensation for something they
/// have never done, as done.
public struct SagaStep<State: Codable & Sendable>: Sendable {
    public typealias Action = @Sendable (inout State, StoreTransaction) throws -> Void

    struct Command: Sendable {
        let type: String
        let send: @Sendable (State, _ sagaID: String, StoreTransaction) throws -> Void
    }

    struct Reply: Sendable {
        let type: String
        let topic: Topic
        let isSuccess: Bool
        /// Takes the reply into the state; for a failure, returns the reason.
        let apply: @Sendable (inout State, Message, StoreTransaction) throws -> String
    }

    enum Compensation: Sendable {
        case local(@Sendable (inout State, StoreTransaction, String) throws -> Void)
        case remote(Command, done: String, on: Topic)
    }

    let name: String
    var command: Command?
    var action: Action?
    var replies = [Reply]()
    var timeout: Duration?
    var compensation: Compensation?
    var condition: (@Sendable (State) -> Bool)?
    var isPivot = false
    var isRetriable = false

    private init(name: String) { self.name = name }

    public static func step(_ name: String) -> SagaStep { SagaStep(name: name) }

    /// Sends a command whose subject and key are the saga's identifier.
    public func sends<C>(_ type: MessageType<C>, _ make: @escaping @Sendable (State) throws -> C) -> SagaStep {
        with { $0.command = Command(type: type.name) { state, id, tx in try tx.publish(type, make(state), subject: id) } }
    }

    /// Acts in the saga's own transaction; done at once. See ``SagaRefusal``.
    public func performs(_ action: @escaping Action) -> SagaStep { with { $0.action = action } }

    public func succeeds<R>(
        on type: MessageType<R>, _ apply: @escaping @Sendable (inout State, R, StoreTransaction) throws -> Void = { _, _, _ in }
    ) -> SagaStep {
        with {
            $0.replies.append(
                Reply(type: type.name, topic: type.topic, isSuccess: true) { state, message, tx in
                    try apply(&state, type.payload(of: message), tx)
                    return ""
                })
        }
    }

    /// The participant refuses; `reason` says why, for people. A retriable step is tried again, any other one turns the saga back.
    public func fails<R>(
        on type: MessageType<R>, _ reason: @escaping @Sendable (inout State, R, StoreTransaction) throws -> String
    ) -> SagaStep {
        with {
            $0.replies.append(
                Reply(type: type.name, topic: type.topic, isSuccess: false) { state, message, tx in
                    try reason(&state, type.payload(of: message), tx)
                })
        }
    }

    /// How long to wait for a reply, by a durable timer. Before the pivot the saga then turns back, undoing this step too; a retriable
    /// step is sent again, with backoff, until it succeeds.
    public func timesOut(after duration: Duration) -> SagaStep { with { $0.timeout = duration } }

    /// Undone by a command, sent again with backoff until `done` arrives.
    public func compensates<C, D>(
        with type: MessageType<C>, done: MessageType<D>, _ make: @escaping @Sendable (State) throws -> C
    ) -> SagaStep {
        with {
            let command = Command(type: type.name) { state, id, tx in try tx.publish(type, make(state), subject: id) }
            $0.compensation = .remote(command, done: done.name, on: done.topic)
        }
    }

    /// Undone in the saga's own transaction. The last argument is why the saga turned back.
    public func compensates(_ action: @escaping @Sendable (inout State, StoreTransaction, String) throws -> Void) -> SagaStep {
        with { $0.compensation = .local(action) }
    }

    /// The step is skipped when this is false at the time its turn comes.
    public func appliesWhen(_ condition: @escaping @Sendable (State) -> Bool) -> SagaStep { with { $0.condition = condition } }

    /// The point of no return: once this step is done the saga goes on until it is completed.
    public func pivot() -> SagaStep { with { $0.isPivot = true } }

    /// Tried until it succeeds. Steps after the pivot are so without being told.
    public func retriable() -> SagaStep { with { $0.isRetriable = true } }

    private func with(_ change: (inout SagaStep) -> Void) -> SagaStep {
        var copy = self
        change(&copy)
        return copy
    }
}
