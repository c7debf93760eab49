import CLMDB
import Foundation
import Messaging
import Runtime

/// What consumers answer: acknowledgements in memory, durable with the next commit; refusals through the writer.
extension LogCore {
    func acknowledge(_ receipts: [Receipt], by member: Member) throws {
        guard let first = receipts.first else { return }
        try world.point(.busAcknowledge, "\(receipts.count) by \(member.group.name) from \(first.position.text)")
        var stale: Receipt?
        var waiter: UnsafeContinuation<Void, any Error>?
        try state.lock.withLock {
            guard !state.isClosed else { throw Self.closed }
            var slot: GroupPartition?
            var topic: Catalogue.Entry?
            for receipt in receipts {
                if topic == nil || topic!.name != receipt.position.topic {
                    topic = try state.catalogue.require(receipt.position.topic)
                    slot = nil
                }
                let partition = topic!.firstPartition + receipt.position.partition
                if slot == nil || slot!.partition != partition { slot = member.slots.first { $0.partition == partition } }
                guard let slot, member.isOpen, receipt.generation >= slot.assignedGeneration || seeded("bus.accepts-stale-answers") else {
                    stale = receipt
                    continue
                }
                guard case .done(let removesRow) = slot.consumption.acknowledge(receipt.position.offset) else { continue }
                if removesRow {
                    state.rowsToDelete.append(
                        GroupMessageKey(group: slot.group.id, partition: partition, offset: receipt.position.offset))
                }
                state.markDirty(slot)
            }
            if member.waiter != nil, member.isDeliverable(now: world.now, state.index) { waiter = member.takeWaiter() }
        }
        waiter?.resume()
        setAcknowledgeTimer(after: options.acknowledgeDelay)
        if let stale { throw staleGeneration(stale) }
    }

    private func staleGeneration(_ receipt: Receipt) -> BusError {
        BusError(
            .staleGeneration, topic: receipt.position.topic,
            "\(receipt.position.text) was delivered to group \(receipt.group) in generation \(receipt.generation) and belongs to another member by now; answers for other partitions were taken"
        )
    }

    /// - Parameter delay: how long an acknowledgement may wait for a commit that comes anyway.
    func setAcknowledgeTimer(after delay: Duration) {
        let mustSet = state.lock.withLock {
            guard !state.acknowledgeTimerIsSet, !state.isClosed, !state.dirty.isEmpty || !state.rowsToDelete.isEmpty else { return false }
            state.acknowledgeTimerIsSet = true
            return true
        }
        guard mustSet else { return }
        _ = world.lane.schedule(after: delay) {
            let isDirty = self.state.lock.withLock {
                self.state.acknowledgeTimerIsSet = false
                return !self.state.dirty.isEmpty || !self.state.rowsToDelete.isEmpty
            }
            if isDirty, self.queue.ask() { self.scheduleRound() }
        }
    }

    // MARK: Refusals

    func refuse(_ refusals: [Refusal], by member: Member) async throws {
        guard !refusals.isEmpty else { return }
        let stale = try await change("bus.nack of \(refusals.count) in group \(member.group.name)") { [self] transaction in
            var stale: Receipt?
            var pending = PendingRefusals()
            for refusal in refusals {
                let receipt = refusal.receipt
                let slot: GroupPartition? = try state.lock.withLock {
                    let topic = try state.catalogue.require(receipt.position.topic)
                    let partition = topic.firstPartition + receipt.position.partition
                    guard member.isOpen, let slot = member.slots.first(where: { $0.partition == partition }),
                        receipt.generation >= slot.assignedGeneration
                    else { return nil }
                    return slot
                }
                guard let slot else {
                    stale = receipt
                    continue
                }
                try refuse(
                    slot, receipt.position.offset, refusal.action, reason: refusal.reason, policy: member.subscription.retry,
                    transaction, &pending)
            }
            try write(pending, transaction)
            let staleReceipt = stale
            return {
                for effect in pending.effects { effect() }
                return staleReceipt
            }
        }
        if let stale { throw staleGeneration(stale) }
    }

    /// Progress of partitions with new dead letters, to be written with them.
    struct PendingRefusals {
        var copies = [(slot: GroupPartition, consumption: PartitionConsumption)]()
        var effects = [() -> Void]()
    }

    private func write(_ pending: PendingRefusals, _ transaction: LMDBTransaction) throws {
        for (slot, consumption) in pending.copies {
            let key = ProgressRow.key(group: slot.group.id, partition: slot.partition)
            try transaction.put(databases.progress, key: key, ProgressRow.encode(consumption))
        }
    }

    private func refuse(
        _ slot: GroupPartition, _ offset: UInt64, _ action: Refusal.Action, reason: String, policy: RetryPolicy,
        _ transaction: LMDBTransaction, _ pending: inout PendingRefusals
    ) throws {
        let now = world.now
        let (entry, before): (PartitionConsumption.Entry?, FailureHistory?) = state.lock.withLock {
            (slot.consumption.entry(offset), slot.consumption.failures[offset])
        }
        // Answered before, or its lease ended and it waits for its next attempt.
        guard let entry, entry.state == .inFlight else { return }
        if action == .release {
            pending.effects.append { slot.consumption.release(offset) }
            return
        }
        let history =
            before?.adding(attempts: entry.attempt, at: now, reason: reason)
            ?? FailureHistory(attempts: entry.attempt, at: now, reason: reason)
        let key = GroupMessageKey(group: slot.group.id, partition: slot.partition, offset: offset)
        let attempts = seeded("bus.retries-without-limit") ? 1 : entry.attempt
        if case .retry(let after) = action, let delay = policy.delay(afterAttempt: attempts, random: world.random) {
            let due = now + (after ?? delay)
            let copy = entry.isDetached ? try storedCopy(key, transaction) : nil
            let row = FailureRow(due: due, keyHash: entry.keyHash, history: history, message: copy)
            try transaction.put(databases.retries, key: key.bytes, row.encoded())
            pending.effects.append { [state] in
                if slot.consumption.postpone(offset, until: due, history) {
                    self.setTimer(at: due)
                } else {
                    state.rowsToDelete.append(key)
                }
            }
        } else {
            let message = entry.isDetached ? try storedCopy(key, transaction) : try recordBytes(slot.partition, offset, transaction)
            try bury(slot, entry.offset, keyHash: entry.keyHash, history, message: message, transaction, &pending)
        }
    }

    private func bury(
        _ slot: GroupPartition, _ offset: UInt64, keyHash: UInt64, _ history: FailureHistory, message: [UInt8]?,
        _ transaction: LMDBTransaction, _ pending: inout PendingRefusals
    ) throws {
        let key = GroupMessageKey(group: slot.group.id, partition: slot.partition, offset: offset)
        let isNew = try transaction.get(databases.deadLetters, key: key.bytes) == nil
        let row = FailureRow(due: .epoch, keyHash: keyHash, history: history, message: message)
        if !seeded("bus.dead-letters-vanish") { try transaction.put(databases.deadLetters, key: key.bytes, row.encoded()) }
        try transaction.delete(databases.retries, key: key.bytes)
        if let index = pending.copies.firstIndex(where: { $0.slot === slot }) {
            pending.copies[index].consumption.bury(offset)
        } else {
            var copy = state.lock.withLock { slot.consumption }
            copy.bury(offset)
            pending.copies.append((slot, copy))
        }
        pending.effects.append { [state] in
            slot.consumption.bury(offset)
            if isNew { slot.group.deadLetters += 1 }
            state.markDirty(slot)
        }
    }

    /// A record that cannot be read becomes a dead letter, so that the group gets past it.
    func bury(_ damage: Damage) async throws {
        try await change("bus.next to move past a damaged record") { [self] transaction in
            var pending = PendingRefusals()
            let slot = damage.slot
            let position = state.lock.withLock { state.catalogue.position(partition: slot.partition, offset: damage.offset) }
            let message = Message(
                id: "damaged-\(position.text)", source: "bus", type: "Damaged", subject: position.text, time: world.now,
                topic: position.topic, partitionKey: position.text, dataContentType: "application/octet-stream",
                payload: Data(try recordBytes(slot.partition, damage.offset, transaction) ?? []))
            let bytes = RecordEncoder.size(of: message)
            let encoded = [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
                RecordEncoder.encode(
                    message, partition: UInt16(slot.partition), keyHash: ~damage.offset, windowed: false,
                    into: UnsafeMutableRawPointer(buffer.baseAddress!))
                count = bytes
            }
            let history = FailureHistory(attempts: 1, at: world.now, reason: "recordDamaged: \(damage.reason)")
            try bury(slot, damage.offset, keyHash: ~damage.offset, history, message: encoded, transaction, &pending)
            try write(pending, transaction)
            return { for effect in pending.effects { effect() } }
        }
    }

    private func storedCopy(_ key: GroupMessageKey, _ transaction: LMDBTransaction) throws -> [UInt8]? {
        try transaction.get(databases.retries, key: key.bytes).flatMap { FailureRow($0) }?.message
    }

    /// The bytes of a message, as far as they can be read.
    private func recordBytes(_ partition: Int, _ offset: UInt64, _ transaction: LMDBTransaction) throws -> [UInt8]? {
        guard let place = state.lock.withLock({ places(partition, offset..<offset + 1).first }) else { return nil }
        let cursor = try LMDBCursor(transaction, place.segment.database)
        switch try RecordReader.read(cursor, at: place.position, { _, bytes in [UInt8](bytes) }) {
        case .intact(let bytes): return bytes
        case .damaged: return try cursor.value(at: place.position).map { [UInt8]($0) }
        }
    }

    // MARK: Leases and retries

    /// Makes sure that the lane looks at leases and retries at `time`. With the lock of the state held.
    func setTimer(at time: Timestamp) {
        if let timerAt = state.timerAt, timerAt <= time { return }
        guard !state.isClosed else { return }
        state.timer?.cancel()
        state.timerAt = time
        state.timer = world.lane.schedule(after: max(.zero, time - world.now)) { self.runTimer() }
    }

    /// A job of the bus's lane: leases that are over count as refusals, retries that are due wake their consumers.
    private func runTimer() {
        let now = world.now
        var expired = [(slot: GroupPartition, offset: UInt64)]()
        let waiters = state.lock.withLock {
            guard !state.isClosed else { return [UnsafeContinuation<Void, any Error>]() }
            state.timerAt = nil
            var next: Timestamp?
            for group in state.groups {
                for slot in group.slots {
                    for offset in slot.consumption.expired(now: now) { expired.append((slot, offset)) }
                    if let moment = slot.consumption.nextMoment(after: now) { next = min(next ?? moment, moment) }
                }
            }
            if let next { setTimer(at: next) }
            if seeded("bus.due-retries-wake-nobody") { return [] }
            return takeDeliverableWaiters(now: now)
        }
        for waiter in waiters { waiter.resume() }
        guard !expired.isEmpty else { return }
        // Should the commit fail, they are looked at again.
        state.lock.withLock { setTimer(at: now + .seconds(1)) }
        let over = expired
        changeSoon { [self] transaction in
            var pending = PendingRefusals()
            for (slot, offset) in over {
                let member: Member? = state.lock.withLock {
                    guard let entry = slot.consumption.entry(offset), entry.state == .inFlight, entry.moment <= now else { return nil }
                    return slot.owner
                }
                guard let member else { continue }
                try refuse(
                    slot, offset, .retry(after: .zero),
                    reason: "not answered within \(member.subscription.lease) by \(member.subscription.member)",
                    policy: member.subscription.retry, transaction, &pending)
            }
            try write(pending, transaction)
            return { for effect in pending.effects { effect() } }
        }
    }

    /// With the lock of the state held.
    func takeDeliverableWaiters(now: Timestamp) -> [UnsafeContinuation<Void, any Error>] {
        var waiters = [UnsafeContinuation<Void, any Error>]()
        for group in state.groups {
            for member in group.members where member.waiter != nil && member.isDeliverable(now: now, state.index) {
                if let waiter = member.takeWaiter() { waiters.append(waiter) }
            }
        }
        return waiters
    }
}
