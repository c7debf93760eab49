import Lab
import Runtime

/// Faults on order, for one scripted test.
///
///     lab.faults.failNext(.callRefused, of: "payments")
///     lab.faults.crash("orders")
///
/// Services go by their name in the topology or in the roster. A name that nobody has, and a place at which a fault of that kind never
/// strikes, end the run and say so; so does ``withLab`` when something that was ordered has not struck by its end.
public final class FaultControl: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    private unowned let run: SimulatedRun
    private let injector: FaultInjector
    private let stores: StoreReaders
    /// Topics and consumer groups of the log: faults of deliveries go by them, too.
    var logNames: () -> [String] = { [] }

    init(run: SimulatedRun, injector: FaultInjector, stores: StoreReaders) {
        self.run = run
        self.injector = injector
        self.stores = stores
    }

    // MARK: At the next opportunity

    /// The next opportunities of this kind strike.
    /// - Parameter owner: the instance or the consumer group concerned, `instance/point` for a crash at a point, `caller>callee` for a
    ///   call; any when nil.
    public func failNext(_ kind: FaultKind, of owner: String? = nil, times: Int = 1) {
        precondition(times > 0, "a fault strikes once at least")
        if kind == .clockSkew {
            return refuse("clocks are off from the beginning of the workload on, and that was before", "lab.faults.skew(instance, by: …)")
        }
        guard let fitting = owner.map({ places($0, kind) }) ?? [] else { return }
        injector.order(FaultOrder(kind, at: fitting, times: times))
    }

    /// The instance ends when it reaches `point` next.
    public func crash(_ instance: String, at point: Point) { failNext(.crash, of: "\(instance)/\(point)") }

    /// The instance does nothing for so long once it comes to `point`, or another one does, for the n-th time from now.
    public func pause(_ instance: String, at point: Point, of other: String? = nil, time number: Int = 1, for duration: Duration) {
        precondition(number > 0, "the first time is number 1")
        guard let paused = known(instance), let reaching = known(other ?? instance), fits(point.name, of: reaching) else { return }
        injector.awaitedPauses["\(reaching)/\(point)"] = AwaitedPause(instance: paused, duration: duration, left: number)
    }

    /// What was ordered and has not struck yet, in words. At the end of the workload it is too late for it.
    public var open: [String] { injector.open }

    /// What was ordered and has not struck yet is no longer wished for.
    public func withdraw() { injector.withdraw() }

    // MARK: Now

    /// The instance ends now; its supervisor starts it again.
    /// - Returns: false when there was nothing to end: it is down.
    @discardableResult
    public func crash(_ instance: String) -> Bool {
        guard let name = known(instance), run.isRunning(name) else { return false }
        injector.note(.crash, name, name)
        run.end(name)
        return true
    }

    /// The whole process ends now, the log included, and is started again.
    public func crashProcess() {
        injector.note(.processCrash, "lab", "lab")
        run.endProcess("lab")
    }

    /// The instance does nothing for so long.
    public func pause(_ instance: String, for duration: Duration) {
        guard let name = known(instance) else { return }
        injector.pause(name, for: duration)
    }

    /// Calls from `caller` to `callee` are lost until ``mend()``; the other direction is untouched.
    /// - Parameter caller: a service, or a client that has been made.
    public func partition(_ caller: String, from callee: String) {
        guard let caller = known(caller), let callee = known(callee) else { return }
        injector.note(.partition, "\(caller)>\(callee)", caller)
        injector.partitions.insert(FaultInjector.Pair(from: caller, to: callee))
    }

    public func mend() { injector.partitions = [] }

    /// The clock of the instance is off by so much from now on.
    public func skew(_ instance: String, by duration: Duration) {
        guard let name = known(instance) else { return }
        injector.note(.clockSkew, name, name, detail: "\(duration)")
        injector.skews[name] = duration
    }

    /// How often each kind has struck.
    public var counts: [FaultKind: Int] { injector.counts }

    // MARK: Names

    /// The instance that goes by the name, in the words of the history; else the run ends.
    private func known(_ name: String, or others: [String] = ["bus"]) -> String? {
        if let store = stores.store(name) { return store.name }
        let instances = run.instances
        if instances.contains(name) || others.contains(name) { return name }
        let services = stores.stores.flatMap { [$0.name, $0.service] }
        run.fail(
            LabError.unknown(
                "instance", name, known: Set(services + instances.subtracting(Self.own) + others).sorted(),
                list: "a client is known once it has been made"))
        return nil
    }

    /// Lanes of the simulation itself.
    private static let own: Set = ["main", "init", "lab", "network"]

    /// Under which names a fault of this kind finds its order.
    private func places(_ owner: String, _ kind: FaultKind) -> Set<String>? {
        let call = owner.split(separator: ">", maxSplits: 1).map(String.init)
        if call.count == 2 {
            guard let caller = known(call[0]), let callee = known(call[1]) else { return nil }
            return ["\(caller)>\(callee)"]
        }
        let parts = owner.split(separator: "/", maxSplits: 1).map(String.init)
        let isOfLog = FaultInjector.goesByGroup.contains(kind)
        guard let first = parts.first, let name = known(first, or: isOfLog ? logNames() : ["bus"]) else { return nil }
        if FaultInjector.goesByPoint.contains(kind) {
            guard parts.count == 1 ? name != "bus" || kind == .processCrash : fits(parts[1], of: name, kind) else {
                if parts.count == 1 { refuseBus("bus.publish", kind) }
                return nil
            }
        }
        let place = parts.count == 1 ? name : "\(name)/\(parts[1])"
        // A group may have the name of a service that the topology calls otherwise.
        return isOfLog ? [place, owner] : [place]
    }

    /// The points of the log are reached by the log, whichever service it works for, and at them the whole process can end.
    private func fits(_ point: String, of instance: String, _ kind: FaultKind = .processCrash) -> Bool {
        let isOfLog = point.hasPrefix("bus.")
        guard isOfLog || instance == "bus" else { return true }
        if isOfLog, instance == "bus", kind == .processCrash { return true }
        refuseBus(point, kind)
        return false
    }

    private func refuseBus(_ point: String, _ kind: FaultKind) {
        refuse(
            "\(point) is a point of the log, \(kind == .processCrash ? "which no service comes to" : "where \(kind.rawValue) never strikes")",
            "lab.faults.failNext(.processCrash, of: \"bus/\(point)\"), or pause(…, at: Point(\"\(point)\"), of: \"bus\", for: …)")
    }

    private func refuse(_ why: String, _ next: String) {
        run.fail(LabError(.usage, "a fault on order that would never strike", why: why, next: next))
    }
}

/// What a test has ordered and what has not struck by its end: the test is not about what it says.
public struct FaultsLeftOpen: Error, Sendable, CustomStringConvertible {
    public let open: [String]

    public init(_ open: [String]) { self.open = open }

    public var description: String {
        "ordered, and never struck: \(open.joined(separator: "; "))\nwhere no opportunity need come: lab.faults.withdraw() at the end"
    }
}
