/// Where the code of one instance runs: a queue whose work is done one piece at a time, in order.
///
/// An actor adopts a lane as its executor, so that everything the actor does, blocking database commits included, stays on that lane:
///
///     public actor OrdersService {
///         let world: World
///         public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }
///     }
///
/// A live lane is a thread of its own; a simulated lane is one of the queues among which the seeded scheduler chooses.
public protocol Lane: SerialExecutor, TaskExecutor {
    var name: String { get }

    /// Runs `work` on this lane after everything queued there before. May be called from any thread.
    func perform(_ work: @escaping @Sendable () -> Void)

    /// Runs `work` on this lane once `delay` has passed. A cancelled timer does not run.
    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LaneTimer

    /// True when the caller runs on this lane.
    var isCurrent: Bool { get }

    /// Ends the lane: what is queued is still run, timers are dropped, later work is ignored.
    func shutDown()
}

extension Lane {
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(complexEquality: self) }
    public func isSameExclusiveExecutionContext(other: Self) -> Bool { self === other }
}

/// A timer set on a lane; cancelling one that has fired does nothing.
public protocol LaneTimer: Sendable {
    func cancel()
}
