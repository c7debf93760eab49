import CLMDB
import Messaging
import Runtime
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The writer: a round takes everything that waits, writes it in one transaction, and resumes everyone after the commit.
extension LogCore {
    /// A job of the bus's lane.
    func runRound() {
        writing.withLock {
            guard !isEnded else { return }
            gather()
            queue.take(into: &round)
            commitRound(recheck: true)
        }
        if queue.finishRound() { scheduleRound() }
    }

    /// After a round with several callers, most of them come back at once: waiting for them a moment makes one commit out of two.
    /// Without it the first caller back starts a commit of one, and all others wait for two (docs/decisions/0005-performance.md).
    private func gather() {
        guard expectedPublishes > 1, !world.isSimulated, options.gather > .zero else { return }
        // As long as callers keep coming, each within `gather` of the one before, it is worth waiting for the next one.
        let gather = options.gather.microseconds
        let began = world.now.microseconds
        var arrived = queue.publishCount.load(ordering: .relaxed)
        var lastArrival = began
        while arrived < expectedPublishes {
            let now = world.now.microseconds
            let count = queue.publishCount.load(ordering: .relaxed)
            if count != arrived { (arrived, lastArrival) = (count, now) }
            if now - lastArrival >= gather || now - began >= gather * 10 { return }
        }
    }

    /// Writes `round` and answers it. With `writing` held.
    func commitRound(recheck: Bool) {
        do {
            if !round.publishes.isEmpty {
                try world.point(.busPublish, "\(round.publishes.reduce(0) { $0 + $1.count }) messages at \(appender.end.position)")
                makeRoom()
            }
            var outcome = try attempt(round.publishes, round.changes)
            if let failure = outcome.failure, !round.publishes.isEmpty {
                // No room for messages must not keep acknowledgements and refusals from being written.
                for request in round.publishes { request.continuation?.resume(throwing: failure) }
                round.publishes.removeAll(keepingCapacity: true)
                outcome = try attempt([], round.changes)
            }
            lastRoundDidCommit = outcome.failure == nil
            if let failure = outcome.failure {
                for request in round.changes { request.continuation?.resume(throwing: failure) }
                return
            }
            // Those who came during the commit, and those who are about to come back.
            expectedPublishes = queue.publishCount.load(ordering: .relaxed) + round.publishes.count
            for request in round.publishes { request.continuation?.resume() }
            for (index, request) in round.changes.enumerated() {
                if let refusal = outcome.refusals[index] {
                    request.continuation?.resume(throwing: refusal)
                } else {
                    request.continuation?.resume()
                }
            }
            for waiter in outcome.waiters { waiter.resume() }
            if outcome.didSeal { environment.returnPages() }
            if outcome.didSeal || retentionIsBlocked && recheck { considerRetention(didSeal: outcome.didSeal) }
            if !round.publishes.isEmpty { try world.point(.busAfter, "\(round.publishes.count) publishers answered") }
        } catch {
            // InstanceCrash: the bus is gone, and nobody hears from it.
            end(answering: false)
        }
    }

    struct Outcome {
        var failure: BusError?
        /// By index of the change.
        var refusals = [Int: BusError]()
        var waiters = [UnsafeContinuation<Void, any Error>]()
        var didSeal = false
    }

    /// One transaction. In-memory state changes after the commit only, so a transaction that fails leaves everything as it was.
    private func attempt(_ publishes: [PublishRequest], _ changes: [ChangeRequest]) throws(InstanceCrash) -> Outcome {
        var outcome = Outcome()
        let progress = takeProgress()
        if publishes.isEmpty, changes.isEmpty, progress.isEmpty { return outcome }
        let now = world.now
        var effects = [ChangeRequest.Effect]()
        var bytesUsed: UInt64 = 0
        appender.begin()
        do {
            growFileAhead()
            let transaction = try environment.beginWrite()
            do {
                for request in publishes { try appender.append(request, transaction, now: now) }
                for row in progress.rows { try transaction.put(databases.progress, key: row.key, row.bytes) }
                for key in progress.deletions { try transaction.delete(databases.retries, key: key.bytes) }
                for (index, request) in changes.enumerated() {
                    do {
                        effects.append(try request.body(transaction))
                    } catch let refusal as BusError {
                        outcome.refusals[index] = refusal
                    }
                }
                bytesUsed = try measure(transaction)
            } catch {
                transaction.abort()
                throw error
            }
            try transaction.commit()
        } catch {
            appender.abandon()
            putBack(progress)
            var error = error
            if let cut = error as? LMDBError, cut.code == EIO, !environment.deviceHasRoom { error = LMDBError(ENOSPC, cut.attempt) }
            outcome.failure = (error as? LMDBError)?.busError ?? error as? BusError ?? BusError(.device, "\(error)")
            return outcome
        }
        if !publishes.isEmpty { try world.point(.busDurable, "\(appender.staged.messages) messages before \(appender.end.position)") }
        appender.settle()
        state.lock.withLock {
            applyAppends()
            for effect in effects { effect() }
            state.commits += 1
            state.bytesUsed = bytesUsed
            outcome.waiters = takeWaiters(now: now, afterChange: !changes.isEmpty)
        }
        outcome.didSeal = !appender.staged.sealed.isEmpty
        return outcome
    }

    // MARK: Progress of groups

    struct PendingProgress {
        var slots = [GroupPartition]()
        var rows = [(key: UInt64, bytes: [UInt8])]()
        var deletions = [GroupMessageKey]()
        var isEmpty: Bool { rows.isEmpty && deletions.isEmpty }
    }

    /// Acknowledgements ride in whatever commit comes next.
    private func takeProgress() -> PendingProgress {
        state.lock.withLock {
            var progress = PendingProgress()
            guard !state.dirty.isEmpty || !state.rowsToDelete.isEmpty else { return progress }
            swap(&progress.slots, &state.dirty)
            swap(&progress.deletions, &state.rowsToDelete)
            for slot in progress.slots {
                slot.isDirty = false
                progress.rows.append(
                    (ProgressRow.key(group: slot.group.id, partition: slot.partition), ProgressRow.encode(slot.consumption)))
            }
            return progress
        }
    }

    private func putBack(_ progress: PendingProgress) {
        guard !progress.isEmpty else { return }
        state.lock.withLock {
            for slot in progress.slots { state.markDirty(slot) }
            state.rowsToDelete = progress.deletions + state.rowsToDelete
        }
        setAcknowledgeTimer(after: .milliseconds(250))
    }

    // MARK: After the commit, under the lock of the state

    func applyAppends() {
        let staged = appender.staged
        for (segment, isNew) in staged.segments where isNew { state.index.add(segment) }
        for (segment, row) in staged.sealed {
            segment.isSealed = true
            segment.firstAppend = row.firstAppend
            segment.lastAppend = row.lastAppend
            segment.windowedCount = row.windowedCount
            segment.pages = row.pages
            state.sealedPages += row.pages
        }
        for append in staged.appends {
            state.index.append(staged.segments[Int(append.segment)].segment, partition: Int(append.partition), position: append.position)
        }
        for (segment, _) in staged.sealed { segment.trim() }
        if let tail = appender.end.segment {
            tail.positionCount = appender.end.segmentPositions
            tail.firstAppend = appender.end.firstAppend
            tail.lastAppend = appender.end.lastAppend
            tail.windowedCount = appender.end.windowedCount
        }
        state.messagesPublished += UInt64(staged.messages)
        state.duplicatesDropped += UInt64(staged.duplicates)
    }

    /// Whoever waits for what has just become deliverable, each once.
    private func takeWaiters(now: Timestamp, afterChange: Bool) -> [UnsafeContinuation<Void, any Error>] {
        var waiters = [UnsafeContinuation<Void, any Error>]()
        var last: UInt16?
        for append in appender.staged.appends where append.partition != last {
            last = append.partition
            for slot in state.consumers[Int(append.partition)] {
                if let waiter = slot.owner?.takeWaiter() { waiters.append(waiter) }
            }
        }
        if afterChange { waiters += takeDeliverableWaiters(now: now) }
        return waiters
    }

    // MARK: Room

    /// Commits should overwrite blocks that exist.
    private func growFileAhead() {
        guard options.persistence != .volatile else { return }
        let margin = 4 << 20
        guard environment.bytesAllocated + margin > fileBytes, world.now >= growthRefusedUntil else { return }
        fileBytes = environment.fileSize
        guard environment.bytesAllocated + margin > fileBytes else { return }
        if environment.growFile(by: 2 * margin) {
            fileBytes = environment.fileSize
        } else {
            growthRefusedUntil = world.now + .seconds(10)
        }
    }

    /// Bytes of the pages that hold data, as of this transaction; pages that wait for reuse do not count.
    private func measure(_ transaction: LMDBTransaction) throws -> UInt64 {
        var pages = 0
        for database in databases.all { pages += try transaction.pages(database) }
        if let tail = appender.end.segment { pages += try transaction.pages(tail.database) }
        for (_, row) in appender.staged.sealed { pages += row.pages }
        return UInt64((pages + state.lock.withLock { state.sealedPages }) * environment.pageSize)
    }
}
