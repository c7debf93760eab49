import Synchronization

/// What waits for the writer, in the order of arrival. One round of the writer takes all of it.
final class WriterQueue: @unchecked Sendable {
    struct Round {
        var publishes = [PublishRequest]()
        var changes = [ChangeRequest]()
        var isEmpty: Bool { publishes.isEmpty && changes.isEmpty }
    }

    private let lock = Lock()
    // Guarded by `lock`.
    private var waiting = Round()
    private var isScheduled = false
    private var isClosed = false
    /// Publishes that wait; read by the gathering writer without the lock.
    let publishCount = Atomic<Int>(0)

    /// - Returns: whether the caller has to schedule a round; nil when the queue is closed.
    func add(_ request: PublishRequest) -> Bool? {
        lock.withLock {
            guard !isClosed else { return nil }
            waiting.publishes.append(request)
            publishCount.store(waiting.publishes.count, ordering: .relaxed)
            return mustSchedule()
        }
    }

    func add(_ request: ChangeRequest) -> Bool? {
        lock.withLock {
            guard !isClosed else { return nil }
            waiting.changes.append(request)
            return mustSchedule()
        }
    }

    /// Asks for a round although nothing waits here: acknowledgements are to be written.
    func ask() -> Bool { lock.withLock { !isClosed && mustSchedule() } }

    /// All publishes, and the changes up to the first structural one. The emptied storage of the last round is used again.
    func take(into round: inout Round) {
        round.publishes.removeAll(keepingCapacity: true)
        round.changes.removeAll(keepingCapacity: true)
        lock.withLock {
            swap(&round.publishes, &waiting.publishes)
            publishCount.store(0, ordering: .relaxed)
            if let last = waiting.changes.firstIndex(where: \.isStructural), last + 1 < waiting.changes.count {
                round.changes.append(contentsOf: waiting.changes[...last])
                waiting.changes.removeSubrange(...last)
            } else {
                swap(&round.changes, &waiting.changes)
            }
        }
    }

    /// Ends a round.
    /// - Returns: whether another one has to be scheduled.
    func finishRound() -> Bool {
        lock.withLock {
            isScheduled = !waiting.isEmpty
            return isScheduled
        }
    }

    /// Refuses everything from now on.
    /// - Returns: what was still waiting.
    func close() -> Round {
        lock.withLock {
            isClosed = true
            defer { waiting = Round() }
            return waiting
        }
    }

    private func mustSchedule() -> Bool {
        if isScheduled { return false }
        isScheduled = true
        return true
    }
}
