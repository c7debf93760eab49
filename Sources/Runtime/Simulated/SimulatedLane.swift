import DequeModule

/// A lane of a simulated run: first in, first out within the lane; which lane goes next is the scheduler's seeded choice.
final class SimulatedLane: Lane, @unchecked Sendable {
    // Unchecked: confined to the run's thread; `guardThread` turns any other thread away.
    private enum Item {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    let name: String
    private unowned let run: SimulatedRun
    private var queue = Deque<Item>()
    private var isRunning = false
    private var isStopped = false
    /// In the scheduler's list of ready lanes, which a lane leaves only once its queue is empty after a piece of work.
    var isReady = false

    init(name: String, run: SimulatedRun) {
        self.name = name
        self.run = run
    }

    var isIdle: Bool { queue.isEmpty }
    var isCurrent: Bool { isRunning }

    func checkIsolated() { precondition(isRunning, "not on lane \(name)") }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if run.guardThread("a job for lane \(name)") { append(.job(job)) }
    }

    func perform(_ work: @escaping @Sendable () -> Void) {
        if run.guardThread("work for lane \(name)") { append(.work(work)) }
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LaneTimer {
        guard run.guardThread("a timer for lane \(name)") else { return Timer(run: run, id: 0) }
        return Timer(run: run, id: run.schedule(after: delay) { self.perform(work) })
    }

    func shutDown() { isStopped = true }

    func runOne() {
        guard let item = queue.popFirst() else { return }
        isRunning = true
        defer { isRunning = false }
        switch item {
        case .job(let job): job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        case .work(let work): work()
        }
    }

    private func append(_ item: Item) {
        if isStopped, case .work = item { return }
        queue.append(item)
        if !isReady {
            isReady = true
            run.becameReady(self)
        }
    }

    private struct Timer: LaneTimer {
        let run: SimulatedRun
        let id: UInt64
        func cancel() { run.cancelTimer(id) }
    }
}
