import Messaging

/// What the bus keeps in order: the messages of one key in one topic.
struct MessageKey: Hashable, Sendable {
    let topic: String
    let key: String

    init(_ message: Message) {
        topic = message.topic
        key = message.partitionKey
    }
}
