import Messaging
import Reliability

/// The consumer groups of a service.
///
///     consumers.group("notifications", topics: [OrdersAPI.events]) { handlers in
///         handlers.on(OrdersAPI.placed) { placed, message, tx in … }
///     }
public struct Consumers: Sendable {
    public struct Group: Sendable {
        public let name: String
        public let topics: [Topic]
        public let retry: RetryPolicy
        public let pace: Duration
        public let handlers: MessageHandlers
    }

    public private(set) var groups = [Group]()

    public init() {}

    /// - Parameters:
    ///   - name: unique in the lab; members of the same group share the messages.
    ///   - pace: for groups that nobody waits for, how long messages gather after a batch: fewer transactions for the same messages.
    ///   - retry: what happens to a message whose handler throws.
    public mutating func group(
        _ name: String, topics: [Topic], retry: RetryPolicy = .standard, pace: Duration = .zero, _ build: (inout MessageHandlers) -> Void
    ) {
        precondition(!groups.contains { $0.name == name }, "the consumer group \(name) is declared twice")
        precondition(!topics.isEmpty, "the consumer group \(name) reads no topic")
        var handlers = MessageHandlers()
        build(&handlers)
        groups.append(Group(name: name, topics: topics, retry: retry, pace: pace, handlers: handlers))
    }
}
