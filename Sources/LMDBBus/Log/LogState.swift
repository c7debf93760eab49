import Messaging
import Runtime

/// What the log knows in memory. The writer changes it after a commit, consumers as they read and answer.
///
/// Everything is guarded by `lock`, which is held for moments only: never during a read of the file, a commit or a wake-up.
final class LogState: @unchecked Sendable {
    let lock = Lock()
    var catalogue = Catalogue()
    var index = LogIndex()
    /// By id.
    var groups = [ConsumerGroup]()
    private(set) var groupsByName = [String: ConsumerGroup]()
    /// By partition id: who consumes it, in the order of the groups' ids.
    var consumers = [[GroupPartition]]()
    /// Slots whose progress row is behind.
    var dirty = [GroupPartition]()
    /// Retry rows of messages that are done.
    var rowsToDelete = [GroupMessageKey]()
    var isClosed = false
    var messagesPublished: UInt64 = 0
    var duplicatesDropped: UInt64 = 0
    var commits: UInt64 = 0
    var bytesUsed: UInt64 = 0
    var sealedPages = 0
    var acknowledgeTimerIsSet = false
    /// When the lease and retry timer fires.
    var timerAt: Timestamp?
    var timer: (any LaneTimer)?

    func group(_ name: String) -> ConsumerGroup? { groupsByName[name] }

    func add(_ group: ConsumerGroup) {
        groups.append(group)
        groupsByName[group.name] = group
    }

    func add(_ slot: GroupPartition) {
        slot.group.add(slot)
        while consumers.count <= slot.partition { consumers.append([]) }
        consumers[slot.partition].append(slot)
        consumers[slot.partition].sort { $0.group.id < $1.group.id }
    }

    /// The group's id is not given to another one: rows of other groups are found by it.
    func remove(slotsOf group: ConsumerGroup) {
        for slot in group.slots { consumers[slot.partition].removeAll { $0 === slot } }
        dirty.removeAll { $0.group === group }
        rowsToDelete.removeAll { $0.group == group.id }
        group.removeSlots()
    }

    func adopt(_ catalogue: Catalogue) {
        self.catalogue = catalogue
        index.addPartitions(upTo: catalogue.partitionCount)
        while consumers.count < catalogue.partitionCount { consumers.append([]) }
    }

    func markDirty(_ slot: GroupPartition) {
        guard !slot.isDirty else { return }
        slot.isDirty = true
        dirty.append(slot)
    }

    /// Whether every group that reads a partition has acknowledged all of it that lies in `segment`.
    func isConsumed(_ segment: Segment) -> Bool { laggard(in: segment) == nil }

    /// The group that is furthest behind in `segment`.
    func laggard(in segment: Segment) -> GroupPartition? {
        var worst: (slot: GroupPartition, missing: UInt64)?
        for partition in segment.slices.indices where partition < consumers.count {
            let end = segment.endOffset(partition)
            guard end > segment.firstOffset(partition) else { continue }
            for slot in consumers[partition] {
                let committed = slot.consumption.committed
                if committed < end, worst == nil || end - committed > worst!.missing { worst = (slot, end - committed) }
            }
        }
        return worst?.slot
    }
}
