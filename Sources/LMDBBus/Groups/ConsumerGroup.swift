import Messaging
import Runtime

/// A consumer group: its members, and how far it is in each partition of its topics. Guarded by the lock of `LogState`.
///
/// Row in the database `catalogue`, key `g/<group>`: u16 id, u64 generation.
final class ConsumerGroup: @unchecked Sendable {
    let id: UInt16
    let name: String
    /// Raised whenever a member joins or leaves; kept on disk, so that it never goes back.
    var generation: UInt64
    /// By name; each name once.
    private(set) var members = [Member]()
    /// By partition id.
    private(set) var slots = [GroupPartition]()
    var deadLetters = 0

    init(id: UInt16, name: String, generation: UInt64) {
        self.id = id
        self.name = name
        self.generation = generation
    }

    func slot(_ partition: Int) -> GroupPartition? { slots.first { $0.partition == partition } }

    func add(_ slot: GroupPartition) {
        slots.append(slot)
        slots.sort { $0.partition < $1.partition }
    }

    func removeSlots() {
        slots = []
        deadLetters = 0
    }

    /// A member of the same name is taken for an earlier life of this one, which ended without a farewell: it is out, and what it had not
    /// answered is delivered again.
    /// - Returns: the calls of `next` in which such members wait, to be resumed outside the lock.
    func join(_ member: Member) -> [UnsafeContinuation<Void, any Error>] {
        let earlier = members.filter { $0.subscription.member == member.subscription.member }
        for one in earlier { one.isOpen = false }
        members.removeAll { one in earlier.contains { $0 === one } }
        members.append(member)
        members.sort { $0.subscription.member < $1.subscription.member }
        assign()
        return earlier.compactMap { $0.takeWaiter() }
    }

    func leave(_ member: Member) {
        members.removeAll { $0 === member }
        assign()
    }

    /// Deals the partitions out in turn to the members that read their topic. What moves is ready again for its new owner.
    private func assign() {
        for member in members { member.slots = [] }
        var turn = 0
        for slot in slots {
            let readers = members.filter { $0.partitions.contains(slot.partition) }
            let owner = readers.isEmpty ? nil : readers[turn % readers.count]
            turn += 1
            if slot.owner !== owner {
                slot.owner = owner
                slot.assignedGeneration = generation
                slot.epoch += 1
                slot.consumption.releaseAll()
            }
            owner?.slots.append(slot)
        }
    }
}

/// One group's consumption of one partition, and the member that owns it now. Guarded by the lock of `LogState`.
final class GroupPartition: @unchecked Sendable {
    unowned let group: ConsumerGroup
    let partition: Int
    var consumption: PartitionConsumption
    var owner: Member?
    /// The generation since which `owner` has it; receipts of earlier ones are stale.
    var assignedGeneration: UInt64 = 0
    /// Changes whenever a read that is under way must not be taken in any more.
    var epoch: UInt64 = 0
    /// Its progress row is behind.
    var isDirty = false

    init(_ group: ConsumerGroup, partition: Int, _ consumption: PartitionConsumption) {
        self.group = group
        self.partition = partition
        self.consumption = consumption
    }
}

/// A member of a group, from `subscribe` to `close`. Guarded by the lock of `LogState`, except for the constants.
final class Member: @unchecked Sendable {
    let subscription: Subscription
    let group: ConsumerGroup
    /// Partition ids of its topics.
    let partitions: Set<Int>
    var slots = [GroupPartition]()
    /// The call of `next` that waits.
    var waiter: UnsafeContinuation<Void, any Error>?
    var isOpen = true
    /// Where the next round over `slots` starts, so that no partition is always first.
    var rotation = 0

    init(subscription: Subscription, group: ConsumerGroup, partitions: Set<Int>) {
        self.subscription = subscription
        self.group = group
        self.partitions = partitions
    }

    func isDeliverable(now: Timestamp, _ index: LogIndex) -> Bool {
        slots.contains { $0.consumption.isDeliverable(now: now, next: index.next[$0.partition]) }
    }

    func takeWaiter() -> UnsafeContinuation<Void, any Error>? {
        defer { waiter = nil }
        return waiter
    }
}
