/// Why something is done: carried from the request through the store, the log and every consumer, so that a whole flow can be found.
public struct Cause: Sendable, Hashable {
    /// The same for everything that one request or saga caused.
    public var correlationID: String
    /// Identifier of the message or request that led here.
    public var causationID: String?
    /// W3C trace context of the current span.
    public var traceparent: String?

    public init(correlationID: String, causationID: String? = nil, traceparent: String? = nil) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.traceparent = traceparent
    }

    /// What a consumer of `message` does is caused by it.
    public static func of(_ message: Message) -> Cause {
        Cause(correlationID: message.correlationID ?? message.id, causationID: message.id, traceparent: message.traceparent)
    }
}

extension Topic {
    /// Where participants answer the coordinators of sagas; the subject and key of each reply is the saga's identifier.
    public static let sagaReplies = Topic("saga-replies")
}
