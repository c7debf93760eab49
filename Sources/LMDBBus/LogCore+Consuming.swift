import Messaging
import Runtime

/// Delivery. Consumers read on their own threads, in three steps: claim under the lock what may be read, read the file without it,
/// and take in under the lock again what was read.
extension LogCore {
    /// Where a message lies.
    struct Place {
        let segment: Segment
        let position: UInt64
    }

    /// What one round of delivery reads of one partition.
    struct Claim {
        let slot: GroupPartition
        let epoch: UInt64
        let topic: String
        let partition: Int
        var redeliveries: [(PartitionConsumption.Redelivery, Place?)]
        /// New messages: `fresh.lowerBound + index` lies at `places[index]`.
        var fresh: Range<UInt64>
        var places: [Place]
    }

    struct ReadMessage {
        let offset: UInt64
        let keyHash: UInt64
        let attempt: Int
        let message: Message?
        /// Why there is no message.
        let damage: String?
    }

    struct Damage {
        let slot: GroupPartition
        let offset: UInt64
        let reason: String
    }

    func next(_ member: Member, max: Int) async throws -> [Delivery] {
        precondition(max > 0, "next(max:) asks for at least one message")
        while !Task.isCancelled {
            guard let claims = claim(member, max: max) else { return [] }
            if claims.isEmpty {
                try await waitForMessages(member)
                continue
            }
            let (deliveries, damages) = try deliver(claims, to: member)
            for damage in damages { try await bury(damage) }
            guard let first = deliveries.first else { continue }
            try world.point(.busDeliver, "\(deliveries.count) to \(member.group.name) from \(first.position.text)")
            return deliveries
        }
        return []
    }

    private func waitForMessages(_ member: Member) async throws {
        try await withTaskCancellationHandler {
            try await world.suspend("bus.next of \(member.subscription.member) in group \(member.group.name)") {
                (continuation: UnsafeContinuation<Void, any Error>) in
                let mustWait = state.lock.withLock {
                    guard member.isOpen, !state.isClosed, !Task.isCancelled, !member.isDeliverable(now: world.now, state.index) else {
                        return false
                    }
                    precondition(member.waiter == nil, "a subscription belongs to one task: next was called while it waits already")
                    member.waiter = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.lock.withLock { member.takeWaiter() }?.resume()
        }
    }

    // MARK: Claim

    /// Nil when the member has left or the bus is closed; empty when there is nothing to deliver now.
    private func claim(_ member: Member, max: Int) -> [Claim]? {
        state.lock.withLock {
            guard member.isOpen, !state.isClosed else { return nil }
            let now = world.now
            let slots = member.slots
            guard !slots.isEmpty else { return [] }
            let ready = slots.indices.filter { slots[$0].consumption.isDeliverable(now: now, next: state.index.next[slots[$0].partition]) }
            guard !ready.isEmpty else { return [] }
            let first = ready.firstIndex { $0 >= member.rotation } ?? 0
            member.rotation = ready[first] + 1
            // Each partition with something to deliver gets its share of the batch.
            let share = Swift.max(1, (max + ready.count - 1) / ready.count)
            var left = max
            var claims = [Claim]()
            for turn in ready.indices where left > 0 {
                let slot = slots[ready[(first + turn) % ready.count]]
                if let claim = claim(slot, max: min(share, left), lease: member.subscription.lease, now: now) {
                    left -= claim.redeliveries.count + claim.places.count
                    claims.append(claim)
                }
            }
            return claims
        }
    }

    private func claim(_ slot: GroupPartition, max: Int, lease: Duration, now: Timestamp) -> Claim? {
        let partition = slot.partition
        let next = state.index.next[partition]
        let oldest = state.index.oldest(partition)
        if slot.consumption.cursor < oldest, slot.consumption.drop(below: oldest) != nil { state.markDirty(slot) }
        var redeliveries = [(PartitionConsumption.Redelivery, Place?)]()
        for redelivery in slot.consumption.take(now: now, max: max, lease: lease) {
            if redelivery.isDetached {
                redeliveries.append((redelivery, nil))
            } else if let place = place(partition, redelivery.offset) {
                redeliveries.append((redelivery, place))
            } else {
                // Its segment has just been dropped under a group that lags.
                slot.consumption.bury(redelivery.offset)
                state.markDirty(slot)
            }
        }
        var fresh = slot.consumption.freshRange(next: next, max: max - redeliveries.count)
        if !fresh.isEmpty, state.index.locate(partition, fresh.lowerBound) == nil {
            slot.consumption.pass(fresh.lowerBound..<state.index.firstKept(partition, from: fresh.lowerBound))
            state.markDirty(slot)
            fresh = slot.consumption.freshRange(next: next, max: max - redeliveries.count)
        }
        let places = places(partition, fresh)
        fresh = fresh.lowerBound..<fresh.lowerBound + UInt64(places.count)
        guard !redeliveries.isEmpty || !places.isEmpty else { return nil }
        for (_, place) in redeliveries { place?.segment.readers += 1 }
        for place in places { place.segment.readers += 1 }
        let topic = state.catalogue.topic(ofPartition: partition)
        return Claim(
            slot: slot, epoch: slot.epoch, topic: topic.name, partition: partition - topic.firstPartition,
            redeliveries: redeliveries, fresh: fresh, places: places)
    }

    private func place(_ partition: Int, _ offset: UInt64) -> Place? {
        state.index.locate(partition, offset).map { segment, index in
            Place(segment: segment, position: segment.first + UInt64(segment.slices[partition].positions[index]))
        }
    }

    /// With the lock of the state held; shorter than the range where the log has a gap.
    func places(_ partition: Int, _ range: Range<UInt64>) -> [Place] {
        var places = [Place]()
        places.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound, let (segment, index) = state.index.locate(partition, offset) {
            let count = min(Int(range.upperBound - offset), segment.slices[partition].positions.count - index)
            for position in segment.slices[partition].positions[index..<index + count] {
                places.append(Place(segment: segment, position: segment.first + UInt64(position)))
            }
            offset += UInt64(count)
        }
        return places
    }

    // MARK: Read and take in

    private func deliver(_ claims: [Claim], to member: Member) throws -> ([Delivery], [Damage]) {
        var redelivered = [[ReadMessage]]()
        var fresh = [[ReadMessage]]()
        do {
            try read { reader in
                for claim in claims {
                    redelivered.append(
                        try claim.redeliveries.map { redelivery, place in
                            if let place {
                                return try message(at: place, claim.topic, redelivery.offset, redelivery.attempt, reader)
                            }
                            return try copy(claim, redelivery, reader)
                        })
                    fresh.append(
                        try claim.places.enumerated().map { index, place in
                            try message(at: place, claim.topic, claim.fresh.lowerBound + UInt64(index), 1, reader)
                        })
                }
            }
        } catch {
            state.lock.withLock {
                for claim in claims {
                    endReads(claim)
                    guard claim.slot.epoch == claim.epoch else { continue }
                    for (redelivery, _) in claim.redeliveries { claim.slot.consumption.release(redelivery.offset) }
                }
            }
            throw error
        }
        var deliveries = [Delivery]()
        var damages = [Damage]()
        state.lock.withLock {
            let now = world.now
            let lease = member.subscription.lease
            for (index, claim) in claims.enumerated() {
                endReads(claim)
                // The partition has moved, or was dropped from under the read: nothing of it counts.
                guard claim.slot.epoch == claim.epoch, member.isOpen else { continue }
                let new = fresh[index]
                let isDelivered = claim.slot.consumption.admit(
                    new.map { ($0.offset, $0.keyHash) }, upTo: claim.fresh.upperBound, now: now, lease: lease)
                func deliver(_ read: ReadMessage) {
                    guard let message = read.message else {
                        damages.append(Damage(slot: claim.slot, offset: read.offset, reason: read.damage ?? "unreadable"))
                        return
                    }
                    let position = Position(topic: claim.topic, partition: claim.partition, offset: read.offset)
                    let receipt = Receipt(group: member.group.name, position: position, generation: member.group.generation)
                    deliveries.append(Delivery(message: message, receipt: receipt, attempt: read.attempt))
                }
                for read in redelivered[index] { deliver(read) }
                for (read, isDelivered) in zip(new, isDelivered) where isDelivered { deliver(read) }
            }
            if !deliveries.isEmpty { setTimer(at: now + lease) }
        }
        return (deliveries, damages)
    }

    private func endReads(_ claim: Claim) {
        for (_, place) in claim.redeliveries { place?.segment.readers -= 1 }
        for place in claim.places { place.segment.readers -= 1 }
    }

    private func message(
        at place: Place, _ topic: String, _ offset: UInt64, _ attempt: Int, _ reader: Reader
    ) throws -> ReadMessage {
        let cursor = try reader.cursor(in: place.segment.database)
        let outcome = try RecordReader.read(cursor, at: place.position) { header, bytes in
            RecordDecoder.message(bytes, topic: topic, strings: reader.strings).map {
                ReadMessage(offset: offset, keyHash: header.keyHash, attempt: attempt, message: $0, damage: nil)
            }
        }
        switch outcome {
        case .intact(let read): return read
        case .damaged(let reason, _):
            // No key is known; one of its own keeps the damage from holding anything back.
            return ReadMessage(offset: offset, keyHash: ~offset, attempt: attempt, message: nil, damage: reason)
        }
    }

    /// A dead letter that is tried again comes from its copy.
    private func copy(_ claim: Claim, _ redelivery: PartitionConsumption.Redelivery, _ reader: Reader) throws -> ReadMessage {
        let key = GroupMessageKey(group: claim.slot.group.id, partition: claim.slot.partition, offset: redelivery.offset)
        let row = try reader.transaction.get(databases.retries, key: key.bytes).flatMap { FailureRow($0) }
        let message = row?.message.flatMap { bytes in
            bytes.withUnsafeBytes { RecordDecoder.message($0, topic: claim.topic, strings: reader.strings) }
        }
        return ReadMessage(
            offset: redelivery.offset, keyHash: row?.keyHash ?? 0, attempt: redelivery.attempt, message: message,
            damage: message == nil ? "the copy of a retried dead letter is damaged" : nil)
    }
}

extension Position {
    /// `topic/partition/offset`.
    var text: String { "\(topic)/\(partition)/\(offset)" }
}
