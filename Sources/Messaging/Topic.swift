/// A named stream of messages, split into partitions by key. Messages with the same partition key keep their order.
///
/// A topic is declared once, in the API target of the service that owns it:
///
///     public static let events = Topic("order-events")
public struct Topic: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// How many partitions the topic is created with. Fixed at creation: the partition of a key must not move.
    public let partitions: Int

    public init(_ name: String, partitions: Int = 4) {
        precondition(!name.isEmpty && name.utf8.count <= 100, "a topic's name has 1 to 100 bytes")
        precondition((1...256).contains(partitions), "a topic has 1 to 256 partitions, not \(partitions)")
        self.name = name
        self.partitions = partitions
    }

    public var description: String { name }
}
