import Foundation
import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Notices in a worker process that a run gives work to the executors of the language: a bare `Task`, `Task.detached`, `Task.sleep`, an
/// actor that runs on no lane.
///
/// In a process of its own such work comes back from another thread, and the run's escape detector sees it. A forked child has no other
/// threads: the work would never come back. So it is noticed where it leaves, which names the culprit in the backtrace, too.
enum ForeignWork {
    // One thread of a child process writes and reads them.
    nonisolated(unsafe) private static var run: SimulatedRun?
    nonisolated(unsafe) private static var owner: pthread_t?
    nonisolated(unsafe) private static var isWatching = false

    /// From now on until ``release()``, for this run on this thread. In child processes only: the hooks are the whole process's.
    static func watch(_ run: SimulatedRun) {
        self.run = run
        owner = pthread_self()
        guard !isWatching else { return }
        isWatching = true
        set("swift_task_enqueueGlobal_hook", unsafeBitCast(now, to: UnsafeRawPointer.self))
        set("swift_task_enqueueGlobalWithDelay_hook", unsafeBitCast(afterDelay, to: UnsafeRawPointer.self))
        set("swift_task_enqueueGlobalWithDeadline_hook", unsafeBitCast(atDeadline, to: UnsafeRawPointer.self))
        set("swift_task_enqueueMainExecutor_hook", unsafeBitCast(now, to: UnsafeRawPointer.self))
    }

    static func release() { run = nil }

    private static func set(_ name: String, _ function: UnsafeRawPointer) {
        Fork.variable(name)?.assumingMemoryBound(to: UnsafeRawPointer?.self).pointee = function
    }

    private typealias Job = UnsafeMutableRawPointer
    private typealias Enqueue = @convention(c) (Job) -> Void
    private typealias EnqueueDelayed = @convention(c) (UInt64, Job) -> Void
    private typealias EnqueueDeadline = @convention(c) (Int64, Int64, Int64, Int64, Int32, Job) -> Void

    private static let now: @convention(c) (Job, Enqueue) -> Void = { job, original in
        if !ForeignWork.isCaught("a task that runs on no lane") { original(job) }
    }

    private static let afterDelay: @convention(c) (UInt64, Job, EnqueueDelayed) -> Void = { delay, job, original in
        if !ForeignWork.isCaught("a sleep that is not World's") { original(delay, job) }
    }

    private static let atDeadline: @convention(c) (Int64, Int64, Int64, Int64, Int32, Job, EnqueueDeadline) -> Void = {
        seconds, nanoseconds, toleranceSeconds, toleranceNanoseconds, clock, job, original in
        if !ForeignWork.isCaught("a sleep that is not World's") {
            original(seconds, nanoseconds, toleranceSeconds, toleranceNanoseconds, clock, job)
        }
    }

    /// Ends the run as an escape; its work is dropped.
    private static func isCaught(_ what: String) -> Bool {
        guard let run, let owner, pthread_equal(owner, pthread_self()) != 0 else { return false }
        let frames = Thread.callStackSymbols.compactMap(LastWords.frame(ofSymbols:)).prefix(framesMax)
        run.fail(SimulationFailure.escape(([what] + frames.map { "  at \($0)" }).joined(separator: "\n")))
        return true
    }

    private static let framesMax = 8
}
