import Foundation
import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Notices that a run gives work to the executors of the language: a bare `Task`, `Task.detached`, `Task.sleep`, an actor that runs on no
/// lane.
///
/// Such work comes back from another thread, if at all: what is done before anybody waits for it never comes back, and a forked child has
/// no other threads. So it is noticed where it leaves, which names the culprit in the backtrace, too. What Dispatch or a thread brings back is
/// left to the run's escape detector.
enum ForeignWork {
    /// The run that the present thread is doing, unretained.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "no room for one more thread-specific value")
        return key
    }()

    // Set once in a child process, before its first run.
    nonisolated(unsafe) private static var isDropping = false

    /// In a child process, whose executors have no threads: what is noticed there is not handed on.
    static func dropInChild() { isDropping = true }

    /// Does `body` while everything that this thread gives away counts as the run's escape.
    static func watching<T>(_ run: SimulatedRun, _ body: () -> T) -> T {
        _ = hooks
        pthread_setspecific(key, Unmanaged.passUnretained(run).toOpaque())
        defer { pthread_setspecific(key, nil) }
        return body()
    }

    private static var run: SimulatedRun? {
        pthread_getspecific(key).map { Unmanaged<SimulatedRun>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The whole process's; they cost other threads a look.
    private static let hooks: Void = {
        set("swift_task_enqueueGlobal_hook", unsafeBitCast(now, to: UnsafeRawPointer.self))
        set("swift_task_enqueueGlobalWithDelay_hook", unsafeBitCast(afterDelay, to: UnsafeRawPointer.self))
        set("swift_task_enqueueGlobalWithDeadline_hook", unsafeBitCast(atDeadline, to: UnsafeRawPointer.self))
        set("swift_task_enqueueMainExecutor_hook", unsafeBitCast(now, to: UnsafeRawPointer.self))
    }()

    private static func set(_ name: String, _ function: UnsafeRawPointer) {
        Fork.variable(name)?.assumingMemoryBound(to: UnsafeRawPointer?.self).pointee = function
    }

    private typealias Job = UnsafeMutableRawPointer
    private typealias Enqueue = @convention(c) (Job) -> Void
    private typealias EnqueueDelayed = @convention(c) (UInt64, Job) -> Void
    private typealias EnqueueDeadline = @convention(c) (Int64, Int64, Int64, Int64, Int32, Job) -> Void

    private static let now: @convention(c) (Job, Enqueue) -> Void = { job, original in
        if ForeignWork.passes("a task that runs on no lane") { original(job) }
    }

    private static let afterDelay: @convention(c) (UInt64, Job, EnqueueDelayed) -> Void = { delay, job, original in
        if ForeignWork.passes("a sleep that is not World's") { original(delay, job) }
    }

    private static let atDeadline: @convention(c) (Int64, Int64, Int64, Int64, Int32, Job, EnqueueDeadline) -> Void = {
        seconds, nanoseconds, toleranceSeconds, toleranceNanoseconds, clock, job, original in
        if ForeignWork.passes("a sleep that is not World's") {
            original(seconds, nanoseconds, toleranceSeconds, toleranceNanoseconds, clock, job)
        }
    }

    /// Ends a run that gives work away, as an escape.
    /// - Returns: whether the work goes where it was meant to go.
    private static func passes(_ what: String) -> Bool {
        guard let run else { return true }
        let frames = LastWords.frames(ofStack: Thread.callStackSymbols)
        run.fail(SimulationFailure.escape(([what] + frames.map { "  at \($0)" }).joined(separator: "\n")))
        return !isDropping
    }
}
