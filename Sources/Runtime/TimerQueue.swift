import HeapModule

/// Timers in the order of their deadlines; equal deadlines fire in the order in which they were set.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: Int64
        let id: UInt64
        static func < (a: Entry, b: Entry) -> Bool { (a.deadline, a.id) < (b.deadline, b.id) }
    }

    private var heap = Heap<Entry>()
    private var work = [UInt64: (cause: Int?, body: @Sendable () -> Void)]()
    private var lastID: UInt64 = 0

    var isEmpty: Bool { work.isEmpty }

    var nextDeadline: Int64? {
        mutating get {
            dropCancelled()
            return heap.min?.deadline
        }
    }

    /// - Parameter cause: the event of a simulated run that set the timer.
    mutating func add(deadline: Int64, cause: Int? = nil, _ body: @escaping @Sendable () -> Void) -> UInt64 {
        lastID += 1
        heap.insert(Entry(deadline: deadline, id: lastID))
        work[lastID] = (cause, body)
        return lastID
    }

    /// A cancelled timer leaves its heap entry behind until the entry is first in line.
    mutating func cancel(_ id: UInt64) { work[id] = nil }

    mutating func takeDue(now: Int64) -> (@Sendable () -> Void)? { takeDueWithCause(now: now)?.work }

    mutating func takeDueWithCause(now: Int64) -> (cause: Int?, work: @Sendable () -> Void)? {
        dropCancelled()
        guard let first = heap.min, first.deadline <= now else { return nil }
        heap.removeMin()
        return work.removeValue(forKey: first.id).map { ($0.cause, $0.body) }
    }

    private mutating func dropCancelled() {
        while let first = heap.min, work[first.id] == nil { heap.removeMin() }
    }
}
