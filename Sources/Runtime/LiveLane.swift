import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lane that is a thread: jobs, plain work and timers of one instance, with one wake-up for a batch of them.
///
/// A thread each keeps a blocking `fdatasync` of one service away from all others; Swift's cooperative pool has only as many
/// threads as the machine has cores.
final class LiveLane: Lane, @unchecked Sendable {
    private enum Item {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    let name: String
    // Guarded by `mutex`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wakeUp = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue = [Item]()
    private var timers = TimerQueue()
    private var isWaiting = false
    private var isStopping = false
    private let thread = Atomic<UInt>(0)

    init(name: String) {
        self.name = name
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        #if canImport(Glibc)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        #endif
        pthread_cond_init(wakeUp, &attributes)
        startThread(named: name) { self.run() }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wakeUp)
        mutex.deallocate()
        wakeUp.deallocate()
    }

    var isCurrent: Bool { thread.load(ordering: .relaxed) == currentThreadID() }

    func checkIsolated() { precondition(isCurrent, "not on lane \(name)") }

    func enqueue(_ job: consuming ExecutorJob) { append(.job(UnownedJob(job))) }

    func perform(_ work: @escaping @Sendable () -> Void) { append(.work(work)) }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LaneTimer {
        let deadline = monotonicMicroseconds() + max(0, delay.microseconds)
        pthread_mutex_lock(mutex)
        let id = timers.add(deadline: deadline, work)
        if isWaiting, timers.nextDeadline == deadline { pthread_cond_signal(wakeUp) }
        pthread_mutex_unlock(mutex)
        return Timer(lane: self, id: id)
    }

    func shutDown() {
        pthread_mutex_lock(mutex)
        isStopping = true
        timers = TimerQueue()
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
    }

    private func append(_ item: Item) {
        pthread_mutex_lock(mutex)
        queue.append(item)
        if isWaiting {
            isWaiting = false
            pthread_cond_signal(wakeUp)
        }
        pthread_mutex_unlock(mutex)
    }

    private func run() {
        thread.store(currentThreadID(), ordering: .relaxed)
        var batch = [Item]()
        while takeBatch(&batch) {
            for item in batch {
                switch item {
                case .job(let job):
                    job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
                case .work(let work): work()
                }
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    /// Waits for work and moves all of it to `batch`; false once the lane has been shut down and everything is done.
    private func takeBatch(_ batch: inout [Item]) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if !timers.isEmpty {
                let now = monotonicMicroseconds()
                while let work = timers.takeDue(now: now) { queue.append(.work(work)) }
            }
            if !queue.isEmpty {
                swap(&batch, &queue)
                return true
            }
            if isStopping { return false }
            isWaiting = true
            if let deadline = timers.nextDeadline {
                waitUntil(deadline)
            } else {
                pthread_cond_wait(wakeUp, mutex)
            }
            isWaiting = false
        }
    }

    private func waitUntil(_ deadline: Int64) {
        #if canImport(Glibc)
            var until = timespec(tv_sec: Int(deadline / 1_000_000), tv_nsec: Int(deadline % 1_000_000) * 1000)
            pthread_cond_timedwait(wakeUp, mutex, &until)
        #else
            let left = max(0, deadline - monotonicMicroseconds())
            var relative = timespec(tv_sec: Int(left / 1_000_000), tv_nsec: Int(left % 1_000_000) * 1000)
            pthread_cond_timedwait_relative_np(wakeUp, mutex, &relative)
        #endif
    }

    private struct Timer: LaneTimer {
        let lane: LiveLane
        let id: UInt64
        func cancel() {
            pthread_mutex_lock(lane.mutex)
            lane.timers.cancel(id)
            pthread_mutex_unlock(lane.mutex)
        }
    }
}

/// Identifies the calling thread for as long as it lives.
func currentThreadID() -> UInt {
    #if canImport(Glibc)
        return UInt(pthread_self())
    #else
        return UInt(bitPattern: pthread_self())
    #endif
}

func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}

/// Starts a detached thread that runs `body`; `body` is nonisolated and Sendable, whatever the caller's isolation.
private func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        let name: String
        init(_ body: @escaping @Sendable () -> Void, _ name: String) {
            self.body = body
            self.name = name
        }
    }
    let start = Unmanaged.passRetained(Start(body, name)).toOpaque()
    #if canImport(Glibc)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                let start = Unmanaged<Start>.fromOpaque(pointer!).takeRetainedValue()
                nameThread(start.name)
                start.body()
                return nil
            }, start)
        precondition(code == 0, "cannot start a thread for lane \(name): error \(code)")
        pthread_detach(thread)
    #else
        var thread: pthread_t?
        let code = pthread_create(
            &thread, nil,
            { pointer in
                let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
                pthread_setname_np(start.name)
                start.body()
                return nil
            }, start)
        precondition(code == 0, "cannot start a thread for lane \(name): error \(code)")
        pthread_detach(thread!)
    #endif
}

#if canImport(Glibc)
    /// Gives the calling thread a name for `top -H` and debuggers; glibc's own call is not visible to Swift. Best effort.
    private func nameThread(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY)
        guard file >= 0 else { return }
        _ = Array(name.utf8.prefix(15)).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
    }
#endif
