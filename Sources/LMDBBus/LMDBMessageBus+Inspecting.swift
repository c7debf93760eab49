import Foundation
import Messaging
import Runtime

extension LMDBMessageBus: BusInspecting {
    public func topics() async throws -> [TopicStatus] { currentTopics() }
    public func groups() async throws -> [GroupStatus] { currentGroups() }

    public func browse(topic name: String, partition: Int, from offset: UInt64, max: Int) async throws -> [LoggedMessage] {
        try core.browse(topic: name, partition: partition, from: offset, max: max)
    }

    public func seek(group: String, topic: String, to target: SeekTarget) async throws {
        try await core.seek(group: group, topic: topic, to: target)
    }

    public func remove(group: String) async throws -> UInt64 { try await core.remove(group: group) }

    public func deadLetters(group: String?) async throws -> [DeadLetter] { try core.deadLetters(group: group) }

    /// Each dead letter becomes a retry again, due now and with its attempts counted from the start. It comes from the copy in its
    /// row, so it is delivered even when its segment has been dropped, to its own group only, under its old position; later messages
    /// with its key that wait in the same partition come after it.
    public func retryDeadLetters(group: String, ids: [String]?) async throws -> Int {
        try await core.retryDeadLetters(group: group, ids: ids)
    }

    public func purgeDeadLetters(group: String, ids: [String]?) async throws -> Int {
        try await core.purgeDeadLetters(group: group, ids: ids)
    }

    public func flush() async throws {
        try await core.change("bus.flush") { _ in {} }
        if core.options.persistence != .durable { try core.synchronize() }
    }

    public func statistics() async throws -> BusStatistics {
        core.state.lock.withLock {
            let state = core.state
            return BusStatistics(
                bytesUsed: state.bytesUsed, bytesBudget: core.options.bytesBudget, messagesPublished: state.messagesPublished,
                duplicatesDropped: state.duplicatesDropped, commits: state.commits, segments: state.index.segments.count)
        }
    }
}
