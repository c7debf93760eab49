import Runtime

/// Decides whether a fault strikes, within the profile's bounds, and writes each one that does into the history.
public final class FaultInjector: @unchecked Sendable {
    // Unchecked: confined to the run's thread, like everything of a run.
    enum Phase { case boot, chaos, healed }

    let chooser: Chooser
    private let profile: FaultProfile
    private unowned let run: SimulatedRun
    private var struck = [FaultKind: Int]()
    private var scripted = [String: Int]()
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

    struct AwaitedPause {
        let instance: String
        let duration: Duration
        /// How often the place has still to be reached.
        var left: Int
    }

    init(chooser: Chooser, profile: FaultProfile, run: SimulatedRun) {
        self.chooser = chooser
        self.profile = profile
        self.run = run
    }

    /// How often each kind has struck.
    public var counts: [FaultKind: Int] { struck }

    /// The next opportunities of this kind at `entity` strike, whatever the profile says.
    func script(_ kind: FaultKind, at entity: String, times: Int) { scripted["\(kind.rawValue)/\(entity)", default: 0] += times }

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

    /// Whether a script asks for it here.
    func isScripted(_ kind: FaultKind, at entity: String, of owner: String) -> Bool {
        !scripted.isEmpty && Self.names(kind, entity, owner).contains { scripted[$0] != nil }
    }

    private static func names(_ kind: FaultKind, _ entity: String, _ owner: String) -> [String] {
        ["\(kind.rawValue)/\(entity)", "\(kind.rawValue)/\(owner)", "\(kind.rawValue)/"]
    }

    /// 0 for no fault, else how bad it is: 1 ..< arity.
    func severity(
        of kind: FaultKind, at entity: String, of owner: String, below arity: Int, rate: Double? = nil,
        detail: @autoclosure () -> String = ""
    ) -> Int {
        guard phase != .boot else { return 0 }
        if !scripted.isEmpty {
            for name in Self.names(kind, entity, owner) {
                guard let left = scripted[name] else { continue }
                scripted[name] = left > 1 ? left - 1 : nil
                return note(kind, entity, owner, 1, detail())
            }
        }
        let isForced = chooser.source.forces(kind)
        guard let bound = profile.bounds[kind] ?? (isForced ? FaultProfile.Bound(rate: 0, max: .max) : nil) else { return 0 }
        // What a tape says strikes whenever it comes up; what is drawn strikes only until the system is left to heal.
        guard isForced || phase == .chaos, struck[kind, default: 0] < bound.max else { return 0 }
        let usual = self.rate(of: kind, bound.rate)
        let rate = usual > 0 ? rate ?? usual : 0
        let value = chooser.choose(.fault, "\(kind.rawValue)/\(entity)", below: arity, rate: rate)
        return value == 0 ? 0 : note(kind, entity, owner, value, detail())
    }

    /// Begins the pause that was ordered for the place of `event`.
    func pauseIfAwaited(at event: History.Event) {
        guard !awaitedPauses.isEmpty else { return }
        let place = "\(event.instance)/\(event.point)"
        guard var pause = awaitedPauses.removeValue(forKey: place) else { return }
        pause.left -= 1
        guard pause.left == 0 else { return awaitedPauses[place] = pause }
        _ = note(.pause, pause.instance, pause.instance, 1, "\(pause.duration)")
        run.pause(pause.instance, for: pause.duration)
    }

    private func rate(of kind: FaultKind, _ rate: Double) -> Double {
        if let known = rates[kind] { return known }
        let rate = min(0.999, chooser.source.rate(of: kind, rate))
        rates[kind] = rate
        return rate
    }

    private func note(_ kind: FaultKind, _ entity: String, _ owner: String, _ severity: Int, _ detail: String) -> Int {
        struck[kind, default: 0] += 1
        run.note(Point(kind.pointName), instance: owner, detail.isEmpty ? entity : "\(entity) \(detail)")
        return severity
    }

    /// The clocks of some instances are wrong from the start.
    func skewClocks(of instances: [String]) {
        let offsets: [Duration] = [.milliseconds(250), .milliseconds(-250), .seconds(30), .seconds(-30)]
        for instance in instances {
            let severity = severity(of: .clockSkew, at: instance, of: instance, below: offsets.count + 1)
            if severity > 0 { skews[instance] = offsets[severity - 1] }
        }
    }

    /// All clocks right, all partitions mended, nothing scripted: the system may recover.
    func heal() {
        phase = .healed
        skews = [:]
        partitions = []
        scripted = [:]
        awaitedPauses = [:]
    }
}
