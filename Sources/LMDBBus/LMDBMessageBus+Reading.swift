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
            return state.groups.map { group in
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

    public func currentDeadLetters() throws -> [DeadLetter] { try core.deadLetters(group: nil) }
}
