import Messaging

/// The topics and their partitions by number. An immutable value: publishers look at one while the writer makes the next.
///
/// Row in the database `catalogue`, key `t/<topic>`: u16 id of the first partition, u16 number of partitions. Partition ids are given
/// out in the order of declaration and never again.
final class Catalogue: Sendable {
    struct Entry: Sendable {
        let name: String
        let firstPartition: Int
        let partitions: Int
    }

    /// In the order of declaration.
    let topics: [Entry]
    /// By partition id: index into `topics`.
    let topicOfPartition: [Int]
    private let byName: [String: Int]

    init(_ topics: [Entry] = []) {
        self.topics = topics
        topicOfPartition = topics.enumerated().flatMap { index, topic in Array(repeating: index, count: topic.partitions) }
        byName = Dictionary(uniqueKeysWithValues: topics.enumerated().map { ($1.name, $0) })
    }

    var partitionCount: Int { topicOfPartition.count }

    func topic(_ name: String) -> Entry? { byName[name].map { topics[$0] } }

    func topic(ofPartition id: Int) -> Entry { topics[topicOfPartition[id]] }

    func position(partition id: Int, offset: UInt64) -> Position {
        let topic = topic(ofPartition: id)
        return Position(topic: topic.name, partition: id - topic.firstPartition, offset: offset)
    }

    func require(_ name: String) throws -> Entry {
        guard let entry = topic(name) else {
            throw BusError(.unknownTopic, topic: name, "there is no topic \(name): declare it before use")
        }
        return entry
    }

    /// This catalogue with the topics that it lacks.
    /// - Throws: ``BusError`` `topicMismatch` for another number of partitions.
    func adding(_ new: [Topic]) throws -> (catalogue: Catalogue, added: [Entry]) {
        var topics = topics
        var added = [Entry]()
        var count = partitionCount
        for topic in new {
            if let known = topics.first(where: { $0.name == topic.name }) {
                guard known.partitions == topic.partitions else {
                    throw BusError(
                        .topicMismatch, topic: topic.name,
                        "the topic has \(known.partitions) partitions, \(topic.partitions) are declared: the number is fixed when a topic is created"
                    )
                }
                continue
            }
            guard count + topic.partitions < Int(RecordLayout.notAMessage) else {
                throw BusError(.topicMismatch, topic: topic.name, "a log has at most 65,534 partitions in all")
            }
            let entry = Entry(name: topic.name, firstPartition: count, partitions: topic.partitions)
            topics.append(entry)
            added.append(entry)
            count += topic.partitions
        }
        return (Catalogue(topics), added)
    }
}
