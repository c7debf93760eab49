/// Takes a simulated run's decisions. 0, false and ``Fate/proceeds`` are always the benign answers: first come first served, nothing fails.
///
/// A director sees points, lane names and counts only. What it answers must follow from what it has been asked so far and from its own
/// seed or tape, or the run cannot be repeated.
public protocol Director: AnyObject {
    /// Which of the ready lanes goes next, 0 being the one that has waited longest; `lanes.count` lets the clock go to the next timer
    /// first, as on a machine that is slow, when one is set.
    func next(of lanes: ReadyLanes) -> Int

    /// What becomes of the instance that has reached the point of `event`.
    func fate(at event: History.Event, in run: SimulatedRun) -> Fate

    /// Whether a fault point in the code strikes; see ``World/buggify(_:_:)``.
    func buggifies(_ name: String, instance: String, probability: Double, in run: SimulatedRun) -> Bool

    /// The result of ``World/sometimes(_:_:)`` and ``World/always(_:_:)``.
    func observed(_ claim: Claim, holds: Bool, instance: String, in run: SimulatedRun)

    /// How far the clock of `instance` is off.
    func skew(of instance: String) -> Duration
}

/// What a director decides at a point.
public enum Fate: Sendable, Hashable {
    case proceeds
    /// The instance ends here; see ``SimulatedRun``.
    case instanceEnds
    /// The whole process of the instance ends here.
    case processEnds
    /// The instance does nothing for a while after the present turn.
    case pauses(Duration)
}

/// A statement about a run, made in code.
public enum Claim: Sendable, Hashable {
    /// Must be seen true at least once over many runs; a claim that never is shows what the runs do not reach.
    case sometimes(String)
    /// Must be true whenever it is reached.
    case always(String)
}

/// The lanes that have something to do, the longest waiting first.
public struct ReadyLanes {
    let lanes: [SimulatedLane]
    /// Whether a timer is set, so that letting time pass is a choice.
    public let hasTimer: Bool
    public var count: Int { lanes.count }
    /// Names repeat when an instance has been started again; the lane of its former life is not among the ready ones.
    public subscript(index: Int) -> String { lanes[index].name }
}

/// Draws the lane that goes next with a seed; nothing fails.
public final class SeededDirector: Director {
    private let random: RandomStream

    public init(seed: UInt64) { random = RandomStream(seed: seed ^ StableHash.of("scheduler")) }

    public func next(of lanes: ReadyLanes) -> Int { random.below(lanes.count) }
}

extension Director {
    public func next(of lanes: ReadyLanes) -> Int { 0 }
    public func fate(at event: History.Event, in run: SimulatedRun) -> Fate { .proceeds }
    public func buggifies(_ name: String, instance: String, probability: Double, in run: SimulatedRun) -> Bool { false }
    public func observed(_ claim: Claim, holds: Bool, instance: String, in run: SimulatedRun) {}
    public func skew(of instance: String) -> Duration { .zero }
}
