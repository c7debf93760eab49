import Messaging

/// What ``BusInspecting`` answers, without suspending: for a simulation's oracles, which look between two turns.
extension LMDBMessageBus {
    public func currentTopics() -> [TopicStatus] {
        core.state.lock.withLock {
            let index = core.state.index
            return core.state.catalogue.topics.map { topic in
                TopicStatus(
                    name: topic.name,
                    partitions: (0..<topic.partitions).map {
                        let id = topic.firstPartition + $0
                        return TopicStatus.Partition(partition: $0, oldest: index.oldest(id), next: index.next[id])
                    })
            }
        }
    }

    public func currentGroups() -> [GroupStatus] {
        core.state.lock.withLock {
            let state = core.state
            // A group that was removed keeps its id alone.
            return state.groups.filter { !$0.slots.isEmpty }.map { group in
                GroupStatus(
                    name: group.name, generation: group.generation, members: group.members.map(\.subscription.member),
                    partitions: group.slots.map { slot in
                        let position = state.catalogue.position(partition: slot.partition, offset: 0)
                        let next = state.index.next[slot.partition]
                        return GroupStatus.Partition(
                            topic: position.topic, partition: position.partition, committed: slot.consumption.committed, next: next,
                            lag: slot.consumption.lag(next: next), inFlight: slot.consumption.inFlight,
                            retrying: slot.consumption.retrying, member: slot.owner?.subscription.member)
                    }, deadLetters: group.deadLetters)
            }
        }
    }

    /// Messages of one partition from `offset` on, oldest first, at most `max`.
    public func messages(topic: String, partition: Int, from offset: UInt64, max: Int) throws -> [LoggedMessage] {
        try core.browse(topic: topic, partition: partition, from: offset, max: max)
    }

    /// Calls `body` with the offset and the payload of each message of one partition, from `offset` on and oldest first, until it returns
    /// false. Nothing is copied: the payload lies in the log's file, and its checksum has been compared.
    ///
    /// For reading much at once, such as a check of the whole log. Let `body` be quick: while a segment is read, what retention frees is
    /// not used again.
    /// - Throws: ``BusError`` `recordDamaged` at the first message that cannot be read, `unknownTopic`; what `body` throws.
    public func scan(topic: String, partition: Int, from offset: UInt64 = 0, _ body: (_ offset: UInt64, _ payload: RawSpan) throws -> Bool)
        throws
    {
        try core.scan(topic: topic, partition: partition, from: offset) { offset, bytes, _ in
            guard let payload = RecordDecoder.payload(bytes) else { return nil }
            return try body(offset, payload.bytes)
        }
    }

    public func currentDeadLetters() throws -> [DeadLetter] { try core.deadLetters(group: nil) }
}
