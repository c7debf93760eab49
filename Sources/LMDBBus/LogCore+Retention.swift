import CLMDB
import Messaging
import Runtime

/// Dropping old segments: by age, and when the byte budget asks for room. One segment a commit; the newest one stays.
extension LogCore {
    /// Called after a segment was sealed, and when a group that held one back may have caught up. With `writing` held.
    func considerRetention(didSeal: Bool) {
        let now = world.now
        guard didSeal || now - lastRetention >= .seconds(30) else { return }
        lastRetention = now
        world.lane.perform { self.runRetention() }
    }

    /// A job of the bus's lane: drops one segment, and comes again when there may be more.
    func runRetention() {
        writing.withLock {
            guard !isEnded else { return }
            if dropOldest(forRoom: false) {
                world.lane.perform { self.runRetention() }
                return
            }
            retentionTimer?.cancel()
            retentionTimer = nil
            retentionIsBlocked = false
            guard let age = options.retention.age else { return }
            let now = world.now
            let oldest = state.lock.withLock { state.index.segments.first { $0.isSealed } }
            guard let oldest else { return }
            let due = oldest.lastAppend + age
            if due > now {
                retentionTimer = world.lane.schedule(after: due - now) { self.runRetention() }
            } else {
                // Old enough and not consumed: looked at again when progress is written.
                retentionIsBlocked = true
            }
        }
    }

    /// Refuses publishes that would exceed the byte budget, after dropping what may be dropped. With `writing` held.
    func makeRoom() {
        let pageBytes = UInt64(environment.pageSize)
        func need(_ request: PublishRequest) -> UInt64 { UInt64(request.bytes) * 5 / 4 + 8 * pageBytes }
        func used() -> UInt64 { state.lock.withLock { state.bytesUsed } }
        let incoming = round.publishes.reduce(0) { $0 + need($1) }
        guard used() + incoming > options.bytesBudget else { return }
        // What can never fit must not cost what is kept.
        let wanted = round.publishes.map(need).filter { $0 <= options.bytesBudget }.reduce(0, +)
        while used() + wanted > options.bytesBudget, dropOldest(forRoom: true) {}
        var left = options.bytesBudget - min(options.bytesBudget, used())
        round.publishes.removeAll { request in
            if need(request) <= left {
                left -= need(request)
                return false
            }
            request.continuation?.resume(throwing: logFull())
            return true
        }
    }

    private func logFull() -> BusError {
        state.lock.withLock {
            let budget = "the log uses \(state.bytesUsed) of its \(options.bytesBudget) bytes; nothing was appended"
            guard let oldest = state.index.segments.first, let laggard = state.laggard(in: oldest) else {
                return BusError(.logFull, "\(budget). Raise bytesBudget or lower segmentMessages")
            }
            let topic = state.catalogue.topic(ofPartition: laggard.partition).name
            let lag = laggard.consumption.lag(next: state.index.next[laggard.partition])
            return BusError(
                .logFull, topic: topic,
                "\(budget), and group \(laggard.group.name) has \(lag) messages of \(topic) still to read. Let it catch up, move it with seek, remove it when nobody runs it any more, or raise bytesBudget"
            )
        }
    }

    /// - Returns: whether a segment was dropped, or the newest one sealed so that it can be.
    private func dropOldest(forRoom: Bool) -> Bool {
        let now = world.now
        var mustSeal = false
        let oldest: Segment? = state.lock.withLock {
            guard let oldest = state.index.segments.first, oldest.readers == 0, !oldest.isDropping else { return nil }
            let isOld = options.retention.age.map { oldest.lastAppend + $0 <= now } ?? false
            guard forRoom || isOld, !options.retention.keepsUnconsumed || state.isConsumed(oldest) else { return nil }
            guard oldest.isSealed else {
                mustSeal = forRoom && oldest.positionCount > 0
                return mustSeal ? oldest : nil
            }
            oldest.isDropping = true
            return oldest
        }
        guard let oldest else { return false }
        return mustSeal ? seal() : drop(oldest)
    }

    /// Starts a new segment although the newest one is not full.
    private func seal() -> Bool {
        appender.begin()
        do {
            let transaction = try environment.beginWrite()
            do { try appender.startSegment(transaction, now: world.now) } catch {
                transaction.abort()
                throw error
            }
            try transaction.commit()
        } catch {
            // The caller's publish reports that there is no room; a failing device shows in every commit.
            appender.abandon()
            return false
        }
        state.lock.withLock { applyAppends() }
        return true
    }

    private func drop(_ segment: Segment) -> Bool {
        // Groups that lag behind lose what is dropped: their progress moves up in the same transaction.
        let moved: [(slot: GroupPartition, end: UInt64, copy: PartitionConsumption, rows: [UInt64])] = state.lock.withLock {
            segment.slices.indices.flatMap { partition in
                guard partition < state.consumers.count else { return [(GroupPartition, UInt64, PartitionConsumption, [UInt64])]() }
                return state.consumers[partition].compactMap { slot in
                    let end = segment.endOffset(partition)
                    var copy = slot.consumption
                    return copy.drop(below: end).map { (slot, end, copy, $0) }
                }
            }
        }
        do {
            let transaction = try environment.beginWrite()
            do {
                try transaction.delete(databases.segments, key: segment.first)
                for (slot, _, copy, rows) in moved {
                    let key = ProgressRow.key(group: slot.group.id, partition: slot.partition)
                    try transaction.put(databases.progress, key: key, ProgressRow.encode(copy))
                    for offset in rows {
                        let row = GroupMessageKey(group: slot.group.id, partition: slot.partition, offset: offset)
                        try transaction.delete(databases.retries, key: row.bytes)
                    }
                }
                try transaction.drop(segment.database)
            } catch {
                transaction.abort()
                throw error
            }
            try transaction.commit()
        } catch {
            reopen(segment)
            return false
        }
        state.lock.withLock {
            state.index.removeFirst()
            state.sealedPages -= segment.pages
            state.bytesUsed -= min(state.bytesUsed, UInt64(segment.pages * environment.pageSize))
            state.commits += 1
            for (slot, end, _, _) in moved {
                _ = slot.consumption.drop(below: end)
                slot.epoch += 1
            }
        }
        return true
    }

    /// LMDB closes a segment's handle when a drop begins; the drop failed, so the segment gets its handle back.
    private func reopen(_ segment: Segment) {
        do {
            let transaction = try environment.beginWrite()
            let database = try transaction.open(Segment.name(first: segment.first), create: false, integerKeys: true)
            try transaction.commit()
            state.lock.withLock {
                segment.database = database
                segment.isDropping = false
            }
        } catch {
            // Stays marked as dropping: nobody reads it, and the next open of the log finds it again.
        }
    }
}
