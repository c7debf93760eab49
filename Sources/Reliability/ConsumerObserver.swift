import Runtime

/// Told about each batch of a consumer group, for metrics. Called on the instance's lane; must not block.
public protocol ConsumerObserver: Sendable {
    func consumed(_ batch: ConsumedBatch)
}

/// What became of one batch of deliveries.
public struct ConsumedBatch: Sendable, Hashable {
    public let group: String
    /// Deliveries in the batch.
    public let deliveries: Int
    public internal(set) var processed = 0
    /// Redeliveries that the inbox recognised.
    public internal(set) var duplicates = 0
    /// Acknowledged because no handler takes their type.
    public internal(set) var unknown = 0
    /// Refused, to be delivered again with a delay.
    public internal(set) var retried = 0
    public internal(set) var deadLettered = 0
    /// Handed back untried because an earlier message of their key failed.
    public internal(set) var released = 0
    /// From delivery to the answer, effects and commit included.
    public internal(set) var took = Duration.zero

    init(group: String, deliveries: Int) {
        self.group = group
        self.deliveries = deliveries
    }
}
