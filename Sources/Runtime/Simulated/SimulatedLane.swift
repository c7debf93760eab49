import DequeModule

/// A lane of a simulated run. It works in *turns*: one piece of work that came from outside, and all jobs which that piece makes on
/// this very lane. Which lane has the next turn is the director's choice.
///
/// Turns make the history independent of the build: how many hops a task takes on its own lane differs between debug and release,
/// what reaches a lane from other lanes, timers and `perform` does not. Within a turn a task that hops goes on at once, as it does in a
/// build that leaves the hop out; those whom it has woken meanwhile come after it, in the order in which they were woken.
final class SimulatedLane: Lane, @unchecked Sendable {
    // Unchecked: confined to the run's thread; `guardThread` turns any other thread away.
    private enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Item {
        let work: Work
        /// The event during which it was given to the lane.
        let cause: Int?
    }

    let name: String
    /// What ends as a whole; empty for lanes outside of any process.
    let process: String
    private unowned let run: SimulatedRun
    private var inbox = Deque<Item>()
    private var own = Deque<UnownedJob>()
    private var isRunning = false
    /// The job that runs at this moment; nil for a closure.
    private var current: UnsafeRawPointer?
    private var isStopped = false
    /// In the run's list of ready lanes.
    var isReady = false
    /// Nothing of it runs any more: its instance has crashed.
    private(set) var isDead = false
    private(set) var isPaused = false

    init(name: String, process: String, run: SimulatedRun) {
        self.name = name
        self.process = process
        self.run = run
    }

    var hasWork: Bool { !inbox.isEmpty }
    var isCurrent: Bool { isRunning }

    func checkIsolated() { precondition(isRunning, "not on lane \(name)") }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard run.guardThread("a job for lane \(name)"), !isDead, !run.isSilenced else { return }
        guard isRunning else { return append(.job(job)) }
        if Self.identity(of: job) == current { own.prepend(job) } else { own.append(job) }
    }

    func perform(_ work: @escaping @Sendable () -> Void) {
        guard run.guardThread("work for lane \(name)"), !isDead, !isStopped, !run.isSilenced else { return }
        append(.closure(work))
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LaneTimer {
        guard run.guardThread("a timer for lane \(name)"), !isDead else { return Timer(run: run, id: 0) }
        return Timer(run: run, id: run.schedule(after: delay) { self.perform(work) })
    }

    func shutDown() { isStopped = true }

    /// One piece of work from outside, then what it left on this lane.
    /// - Returns: jobs done.
    func runTurn() -> Int {
        guard let item = inbox.popFirst() else { return 0 }
        isRunning = true
        defer { isRunning = false }
        run.cause = item.cause
        switch item.work {
        case .job(let job): execute(job)
        case .closure(let work): work()
        }
        var jobs = 1
        while !isDead, jobs < Self.jobsInTurnMax, let job = own.popFirst() {
            execute(job)
            jobs += 1
        }
        // A turn without an end: the rest waits in line, so that the run's own bound on work is met.
        while let job = own.popFirst(), !isDead { append(.job(job)) }
        return jobs
    }

    private func execute(_ job: UnownedJob) {
        current = Self.identity(of: job)
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        current = nil
    }

    /// A task is its own job: when it hops, the same address is enqueued again.
    private static func identity(of job: UnownedJob) -> UnsafeRawPointer { unsafeBitCast(job, to: UnsafeRawPointer.self) }

    private static let jobsInTurnMax = 1_000_000

    /// From here on the instance is gone: what is queued is dropped without running `defer` or `deinit`, as at the end of a process.
    func die() {
        isDead = true
        inbox.removeAll()
        own.removeAll()
    }

    func pause() { isPaused = true }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        becomeReady()
    }

    private func append(_ work: Work) {
        inbox.append(Item(work: work, cause: run.cause))
        becomeReady()
    }

    private func becomeReady() {
        guard !isReady, !isPaused, !isDead, hasWork else { return }
        isReady = true
        run.becameReady(self)
    }

    private struct Timer: LaneTimer {
        let run: SimulatedRun
        let id: UInt64
        func cancel() { run.cancelTimer(id) }
    }
}
