import CLMDB
import Messaging
import Runtime

/// Topics, groups and members. Each of these changes ends its transaction, because the next one builds on it.
extension LogCore {
    func declare(_ topics: [Topic]) async throws {
        let missing = try state.lock.withLock { try state.catalogue.adding(topics).added }
        guard !missing.isEmpty else { return }
        try await change("bus.declare", structural: true) { [self] transaction in
            let (catalogue, added) = try state.lock.withLock { try state.catalogue.adding(topics) }
            for topic in added {
                var row = RowWriter()
                row.put(UInt16(topic.firstPartition))
                row.put(UInt16(topic.partitions))
                try transaction.put(databases.catalogue, key: Array("t/\(topic.name)".utf8), row.bytes)
            }
            return { [self] in
                state.adopt(catalogue)
                appender.addPartitions(upTo: catalogue.partitionCount)
            }
        }
    }

    func join(_ subscription: Subscription) async throws -> Member {
        let (member, replaced) = try await enter(subscription)
        for waiter in replaced { waiter.resume() }
        return member
    }

    private func enter(_ subscription: Subscription) async throws -> (Member, replaced: [UnsafeContinuation<Void, any Error>]) {
        try await change("bus.subscribe of \(subscription.member) to group \(subscription.group)", structural: true) { [self] transaction in
            struct NewSlot {
                let partition: Int
                let consumption: PartitionConsumption
            }
            let (known, id, generation, partitions, fresh) = try state.lock.withLock {
                let topics = try subscription.topics.map { try state.catalogue.require($0.name) }
                let partitions = topics.flatMap { $0.firstPartition..<$0.firstPartition + $0.partitions }
                let group = state.group(subscription.group)
                let fresh = partitions.filter { group?.slot($0) == nil }.map { partition in
                    let start = subscription.start == .earliest ? state.index.oldest(partition) : state.index.next[partition]
                    return NewSlot(partition: partition, consumption: PartitionConsumption(committed: start))
                }
                return (group, group?.id ?? UInt16(state.groups.count), (group?.generation ?? 0) + 1, partitions, fresh)
            }
            try putGroup(subscription.group, id: id, generation: generation, transaction)
            for slot in fresh {
                let key = ProgressRow.key(group: id, partition: slot.partition)
                try transaction.put(databases.progress, key: key, ProgressRow.encode(slot.consumption))
            }
            return { [state] in
                let group = known ?? ConsumerGroup(id: id, name: subscription.group, generation: generation)
                if known == nil { state.add(group) }
                group.generation = generation
                for slot in fresh { state.add(GroupPartition(group, partition: slot.partition, slot.consumption)) }
                let member = Member(subscription: subscription, group: group, partitions: Set(partitions))
                return (member, group.join(member))
            }
        }
    }

    /// - Throws: ``BusError``; the member has left in memory all the same.
    func leave(_ member: Member) async throws {
        let (waiter, wasOpen) = state.lock.withLock {
            defer { member.isOpen = false }
            return (member.takeWaiter(), member.isOpen)
        }
        waiter?.resume()
        guard wasOpen else { return }
        let group = member.group
        do {
            try await change("bus.close of \(member.subscription.member) in group \(group.name)", structural: true) { [self] transaction in
                let generation = state.lock.withLock { group.generation } + 1
                try putGroup(group.name, id: group.id, generation: generation, transaction)
                return {
                    group.generation = generation
                    group.leave(member)
                }
            }
        } catch {
            // A device that is full must not keep its partitions from the other members. The generation is on disk with the next change;
            // receipts that it makes stale do not outlive the process.
            let waiters = state.lock.withLock {
                group.generation += 1
                group.leave(member)
                return takeDeliverableWaiters(now: world.now)
            }
            for waiter in waiters { waiter.resume() }
            throw error
        }
    }

    private func putGroup(_ name: String, id: UInt16, generation: UInt64, _ transaction: LMDBTransaction) throws {
        var row = RowWriter()
        row.put(id)
        row.put(generation)
        try transaction.put(databases.catalogue, key: Array("g/\(name)".utf8), row.bytes)
    }
}
