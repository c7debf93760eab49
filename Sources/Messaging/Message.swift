import Foundation
import Runtime

/// One message: the attributes of a CloudEvent 1.0 and a payload.
public struct Message: Sendable, Hashable {
    /// Unique within `source`. Messages from an outbox have `<service>-<outbox row>`; a redelivery keeps its identifier.
    public var id: String
    /// The service that produced it.
    public var source: String
    /// Versioned type, such as `Order.Placed.v1`.
    public var type: String
    /// What it is about: the aggregate's identifier, such as `42`.
    public var subject: String
    public var time: Timestamp
    public var topic: String
    /// Decides the partition, and with it what is kept in order.
    public var partitionKey: String
    public var dataContentType: String
    /// W3C trace context of the work that produced the message.
    public var traceparent: String?
    /// The same for everything that one request or saga caused.
    public var correlationID: String?
    /// Identifier of the message or request that caused this one.
    public var causationID: String?
    public var payload: Data

    public init(
        id: String, source: String, type: String, subject: String, time: Timestamp, topic: String, partitionKey: String,
        dataContentType: String = "application/json", traceparent: String? = nil, correlationID: String? = nil,
        causationID: String? = nil, payload: Data
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.topic = topic
        self.partitionKey = partitionKey
        self.dataContentType = dataContentType
        self.traceparent = traceparent
        self.correlationID = correlationID
        self.causationID = causationID
        self.payload = payload
    }
}
