import Runtime

/// Faults on order, for one scripted test.
///
///     lab.faults.failNext(.callRefused, of: "payments")
///     lab.faults.crash("orders")
public final class FaultControl: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    private unowned let run: SimulatedRun
    private let injector: FaultInjector

    init(run: SimulatedRun, injector: FaultInjector) {
        self.run = run
        self.injector = injector
    }

    /// The next opportunities of this kind strike.
    /// - Parameter owner: the instance concerned, or `instance/point` for a crash at a point; any when nil.
    public func failNext(_ kind: FaultKind, of owner: String? = nil, times: Int = 1) {
        injector.script(kind, at: owner ?? "", times: times)
    }

    /// The instance ends when it reaches `point` next.
    public func crash(_ instance: String, at point: Point) { injector.script(.crash, at: "\(instance)/\(point)", times: 1) }

    /// The instance ends now; its supervisor starts it again.
    public func crash(_ instance: String) { run.end(instance) }

    /// The whole process ends now, the log included, and is started again.
    public func crashProcess() { run.endProcess("lab") }

    /// The instance does nothing for so long.
    public func pause(_ instance: String, for duration: Duration) {
        run.note(Point(FaultKind.pause.pointName), instance: instance, "\(duration)")
        run.pause(instance, for: duration)
    }

    /// The instance does nothing for so long once it comes to `point`, or another one does, for the n-th time from now.
    public func pause(_ instance: String, at point: Point, of other: String? = nil, time number: Int = 1, for duration: Duration) {
        precondition(number > 0, "the first time is number 1")
        injector.awaitedPauses["\(other ?? instance)/\(point)"] = .init(instance: instance, duration: duration, left: number)
    }

    /// Calls from `caller` to `callee` are lost until ``mend()``; the other direction is untouched.
    public func partition(_ caller: String, from callee: String) {
        run.note(Point(FaultKind.partition.pointName), instance: caller, "\(caller)>\(callee)")
        injector.partitions.insert(FaultInjector.Pair(from: caller, to: callee))
    }

    public func mend() { injector.partitions = [] }

    /// The clock of the instance is off by so much from now on.
    public func skew(_ instance: String, by duration: Duration) {
        run.note(Point(FaultKind.clockSkew.pointName), instance: instance, "\(duration)")
        injector.skews[instance] = duration
    }

    /// How often each kind has struck.
    public var counts: [FaultKind: Int] { injector.counts }
}
