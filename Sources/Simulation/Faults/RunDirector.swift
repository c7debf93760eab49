import Runtime

/// Directs a run by its choices and its faults.
final class RunDirector: Director {
    let chooser: Chooser
    /// Set once the run exists.
    var faults: FaultInjector!
    /// Claims made with `sometimes`, and whether each was seen true.
    private(set) var claims = [String: Bool]()
    private var fired = [String: Bool]()

    init(chooser: Chooser) { self.chooser = chooser }

    func next(of lanes: ReadyLanes) -> Int { faults.phase == .boot ? 0 : chooser.lane(of: lanes) }

    func fate(at event: History.Event, in run: SimulatedRun) -> Fate {
        guard faults.phase != .boot else { return .proceeds }
        let place = "\(event.instance)/\(event.point)"
        faults.pauseIfAwaited(at: event)
        if event.instance == "bus" {
            return faults.strikes(.processCrash, at: place, of: "bus") ? .processEnds : .proceeds
        }
        if faults.strikes(.crash, at: place, of: event.instance) { return .instanceEnds }
        if faults.strikes(.processCrash, at: place, of: event.instance) { return .processEnds }
        if event.point == .storeBegin, faults.strikes(.clockJump, at: event.instance, of: event.instance) {
            faults.skews[event.instance, default: .zero] += Self.jumps[jump(event.instance)]
        }
        if event.point == .storeAfter {
            let slow = faults.severity(of: .storeSlow, at: event.instance, of: event.instance, below: Self.pauses.count + 1)
            if slow > 0 { return .pauses(Self.pauses[slow - 1]) }
        }
        let pause = faults.severity(of: .pause, at: place, of: event.instance, below: Self.pauses.count + 1)
        return pause > 0 ? .pauses(Self.pauses[pause - 1]) : .proceeds
    }

    /// From a slow disk to longer than any lease.
    private static let pauses: [Duration] = [.milliseconds(5), .milliseconds(200), .seconds(3), .seconds(70)]
    private static let jumps: [Duration] = [.seconds(1), .seconds(-1), .seconds(120), .seconds(-120)]

    private func jump(_ instance: String) -> Int { chooser.choose(.fault, "clock.jump-by/\(instance)", below: Self.jumps.count) }

    /// In a run a quarter of all fault points are on at all; one that is on strikes with its own probability (FoundationDB's two levels).
    func buggifies(_ name: String, instance: String, probability: Double, in run: SimulatedRun) -> Bool {
        guard faults.phase != .boot else { return false }
        // Fault points of the platform's own ports are kinds of their own.
        if let kind = FaultKind(rawValue: name) { return faults.strikes(kind, at: instance, of: instance) }
        let place = "\(instance)/\(name)"
        if !chooser.source.forces(.buggify), !faults.isOrdered(.buggify, at: place, of: instance) {
            let isOn = fired[name] ?? (RandomStream(seed: run.seed ^ StableHash.of(name)).fraction() < 0.25)
            fired[name] = isOn
            guard isOn else { return false }
        }
        return faults.strikes(.buggify, at: place, of: instance, rate: probability)
    }

    func observed(_ claim: Claim, holds: Bool, instance: String, in run: SimulatedRun) {
        guard case .sometimes(let name) = claim else { return }
        claims[name] = claims[name] == true || holds
    }

    func skew(of instance: String) -> Duration { faults?.skews[instance] ?? .zero }
}
