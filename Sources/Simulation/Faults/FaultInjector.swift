import Runtime

/// Decides whether a fault strikes, within the profile's bounds, and writes each one that does into the history.
public final class FaultInjector: @unchecked Sendable {
    // Unchecked: confined to the run's thread, like everything of a run.
    enum Phase { case boot, chaos, healed }

    let chooser: Chooser
    private let profile: FaultProfile
    private unowned let run: SimulatedRun
    private var struck = [FaultKind: Int]()
    private var orders = [FaultOrder]()
    private var rates = [FaultKind: Double]()
    var phase = Phase.boot
    /// How far the clock of each instance is off.
    var skews = [String: Duration]()
    /// Pauses on order, by the instance and point at which they begin.
    var awaitedPauses = [String: AwaitedPause]()
    /// Pairs that do not hear each other, one way: calls from the first to the second are lost.
    var partitions = Set<Pair>()

    struct Pair: Hashable {
        let from: String
        let to: String
    }

    init(chooser: Chooser, profile: FaultProfile, run: SimulatedRun) {
        self.chooser = chooser
        self.profile = profile
        self.run = run
    }

    /// How often each kind has struck.
    public var counts: [FaultKind: Int] { struck }

    /// Kinds of faults that strike at a point of an instance.
    static let goesByPoint: Set<FaultKind> = [.crash, .processCrash, .pause]
    /// Kinds that go by a consumer group or a topic as well.
    static let goesByGroup: Set<FaultKind> = [
        .busDelayed, .busSlowConsumer, .busReordered, .busStorm, .zombie, .busDuplicated, .busAckLost, .busPoison,
    ]

    /// The next opportunities that it fits strike, whatever the profile says.
    func order(_ order: FaultOrder) { orders.append(order) }

    /// What was ordered and has not struck, in words.
    var open: [String] {
        orders.filter(\.isWished).map { "\($0)" }
            + awaitedPauses.sorted { $0.key < $1.key }.map { place, pause in
                "\(FaultKind.pause.rawValue) of \(pause.instance) at \(place), \(pause.left == 1 ? "which was" : "which had to be") reached "
                    + "\(pause.left == 1 ? "never" : "\(pause.left) times more")"
            }
    }

    func withdraw() {
        orders = []
        awaitedPauses = [:]
    }

    /// Whether `kind` strikes here.
    /// - Parameters:
    ///   - entity: who is struck, and where: `orders/store.after`.
    ///   - owner: a shorter name under which a script may ask for it: `orders`.
    ///   - rate: how probable it is here, in a run in which the swarm has the kind on; the profile's rate when nil.
    func strikes(
        _ kind: FaultKind, at entity: String, of owner: String, rate: Double? = nil, detail: @autoclosure () -> String = ""
    ) -> Bool {
        severity(of: kind, at: entity, of: owner, below: 2, rate: rate, detail: detail()) != 0
    }

    /// Whether it is ordered here.
    func isOrdered(_ kind: FaultKind, at entity: String, of owner: String) -> Bool { orderIndex(kind, entity, owner) != nil }

    /// The closest fit of the orders: this very place, then its owner, then anywhere.
    private func orderIndex(_ kind: FaultKind, _ entity: String, _ owner: String) -> Int? {
        guard !orders.isEmpty else { return nil }
        let indices = orders.indices.filter { orders[$0].kind == kind }
        return indices.first { orders[$0].places.contains(entity) } ?? indices.first { orders[$0].places.contains(owner) }
            ?? indices.first { orders[$0].places.isEmpty }
    }

    /// 0 for no fault, else how bad it is: 1 ..< arity.
    func severity(
        of kind: FaultKind, at entity: String, of owner: String, below arity: Int, rate: Double? = nil,
        detail: @autoclosure () -> String = ""
    ) -> Int {
        guard phase != .boot else { return 0 }
        if let index = orderIndex(kind, entity, owner) {
            orders[index].left -= 1
            if orders[index].left == 0 { orders.remove(at: index) }
            note(kind, entity, owner, detail: detail())
            return 1
        }
        let isForced = chooser.source.forces(kind)
        guard let bound = profile.bounds[kind] ?? (isForced ? FaultProfile.Bound(rate: 0, max: .max) : nil) else { return 0 }
        // What a tape says strikes whenever it comes up; what is drawn strikes only until the system is left to heal.
        guard isForced || phase == .chaos, struck[kind, default: 0] < bound.max else { return 0 }
        let usual = self.rate(of: kind, bound.rate)
        let rate = usual > 0 ? rate ?? usual : 0
        let value = chooser.choose(.fault, "\(kind.rawValue)/\(entity)", below: arity, rate: rate)
        if value != 0 { note(kind, entity, owner, detail: detail()) }
        return value
    }

    /// Begins the pause that was ordered for the place of `event`.
    func pauseIfAwaited(at event: History.Event) {
        guard !awaitedPauses.isEmpty else { return }
        let place = "\(event.instance)/\(event.point)"
        guard var pause = awaitedPauses.removeValue(forKey: place) else { return }
        pause.left -= 1
        guard pause.left == 0 else { return awaitedPauses[place] = pause }
        self.pause(pause.instance, for: pause.duration)
    }

    func pause(_ instance: String, for duration: Duration) {
        note(.pause, instance, instance, detail: "\(duration)")
        run.pause(instance, for: duration)
    }

    private func rate(of kind: FaultKind, _ rate: Double) -> Double {
        if let known = rates[kind] { return known }
        let rate = min(0.999, chooser.source.rate(of: kind, rate))
        rates[kind] = rate
        return rate
    }

    /// A fault has struck.
    func note(_ kind: FaultKind, _ entity: String, _ owner: String, detail: String = "") {
        struck[kind, default: 0] += 1
        run.note(Point(kind.pointName), instance: owner, detail.isEmpty ? entity : "\(entity) \(detail)")
    }

    /// The clocks of some instances are wrong from the start.
    func skewClocks(of instances: [String]) {
        let offsets: [Duration] = [.milliseconds(250), .milliseconds(-250), .seconds(30), .seconds(-30)]
        for instance in instances {
            let severity = severity(of: .clockSkew, at: instance, of: instance, below: offsets.count + 1)
            if severity > 0 { skews[instance] = offsets[severity - 1] }
        }
    }

    /// All clocks right, all partitions mended, nothing on order any more: the system may recover.
    func heal() {
        phase = .healed
        skews = [:]
        partitions = []
        for order in open { run.note(Point("run.order"), instance: "run", "never struck: \(order)") }
        withdraw()
    }
}
