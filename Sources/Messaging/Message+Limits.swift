/// How large a message may be. Every bus takes what is within these bounds and refuses what is not, so that whoever accepts a message to
/// publish it later (an outbox, in the transaction of its cause) can ask first: once it is accepted it can be published.
extension Message {
    /// Bytes of a payload, at most.
    public static let payloadBytesMax = 1 << 20
    /// Bytes of each attribute (identifier, source, type, subject, partition key, …) in UTF-8, at most.
    public static let attributeBytesMax = 4_096

    /// - Throws: ``BusError`` `payloadTooLarge` when an attribute or the payload is over its bound.
    public func requireWithinLimits() throws(BusError) {
        guard payload.count <= Self.payloadBytesMax else {
            throw BusError(
                .payloadTooLarge, topic: topic,
                "the payload of a \(type) has \(payload.count) bytes, \(Self.payloadBytesMax) are allowed: shrink the event")
        }
        guard isWithin(id), isWithin(source), isWithin(type), isWithin(subject), isWithin(partitionKey), isWithin(dataContentType),
            isWithin(traceparent), isWithin(correlationID), isWithin(causationID)
        else {
            throw BusError(
                .payloadTooLarge, topic: topic,
                "an attribute of message \(id.prefix(100)) has more than \(Self.attributeBytesMax) bytes: move it into the payload")
        }
    }

    private func isWithin(_ attribute: String?) -> Bool { (attribute?.utf8.count ?? 0) <= Self.attributeBytesMax }
}
