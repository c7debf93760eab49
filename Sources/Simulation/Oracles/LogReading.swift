import LMDBBus
import Messaging

/// The log as oracles see it: without suspending, between two turns of a run.
public protocol LogReading: Sendable {
    func currentTopics() -> [TopicStatus]
    func currentGroups() -> [GroupStatus]
    /// Messages of one partition from `offset` on, oldest first, at most `max`.
    /// - Throws: `BusError` `recordDamaged` naming the place.
    func messages(topic: String, partition: Int, from offset: UInt64, max: Int) throws -> [LoggedMessage]
    func currentDeadLetters() throws -> [DeadLetter]
}

extension LMDBMessageBus: LogReading {}

/// The messages of a log, read once for all oracles that ask for them; read again when the log has grown.
final class LogContents: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    private let log: @Sendable () -> (any LogReading)?
    private var size: UInt64 = .max
    private var byTopic = [String: [LoggedMessage]]()

    init(_ log: @escaping @Sendable () -> (any LogReading)?) { self.log = log }

    var reader: (any LogReading)? { log() }

    /// By partition, then by offset.
    func messages(_ topic: String) throws -> [LoggedMessage] {
        try refresh()
        return byTopic[topic] ?? []
    }

    func all() throws -> [LoggedMessage] {
        try refresh()
        return byTopic.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    private func refresh() throws {
        guard let log = log() else { return }
        let topics = log.currentTopics()
        let grown = topics.reduce(into: UInt64(0)) { sum, topic in for partition in topic.partitions { sum += partition.next } }
        guard grown != size else { return }
        byTopic = [:]
        for topic in topics {
            var messages = [LoggedMessage]()
            for partition in topic.partitions where partition.next > partition.oldest {
                messages += try log.messages(
                    topic: topic.name, partition: partition.partition, from: partition.oldest, max: Int(partition.next - partition.oldest))
            }
            byTopic[topic.name] = messages
        }
        size = grown
    }
}
