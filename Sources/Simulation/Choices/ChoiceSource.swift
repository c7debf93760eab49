import Runtime

/// Where a run's choices come from: a seed, a tape, or a list made for the purpose.
public protocol ChoiceSource: AnyObject {
    /// - Parameters:
    ///   - index: how many choices of this entity were made before.
    ///   - arity: the choice is one of 0 ..< arity, at least 2; 0 is the benign one.
    ///   - rate: how probable anything else than 0 should be where the source draws.
    func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int

    /// Which lane goes next, 0 being the one that has waited longest; `lanes.count` moves the clock first, where a timer is set.
    func lane(of lanes: ReadyLanes, index: Int) -> Int

    /// How likely a fault of this kind is in this run, from 0; `rate` is the profile's.
    func rate(of kind: FaultKind, _ rate: Double) -> Double

    /// Whether a fault of this kind may be chosen although the scenario does not ask for it.
    func forces(_ kind: FaultKind) -> Bool
}

extension ChoiceSource {
    public func rate(of kind: FaultKind, _ rate: Double) -> Double { rate }
    public func forces(_ kind: FaultKind) -> Bool { false }
}

/// Every choice benign: first come first served, no faults, the simplest workload.
public final class BenignChoices: ChoiceSource {
    public init() {}
    public func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int { 0 }
    public func lane(of lanes: ReadyLanes, index: Int) -> Int { 0 }
}

/// Counts the choices of each entity and writes down those that are not benign.
public final class Chooser {
    private struct Key: Hashable {
        let domain: ChoiceDomain
        let entity: String
    }

    public let source: any ChoiceSource
    /// Everything that was chosen but 0, in order.
    public private(set) var taken = [Choice]()
    public private(set) var draws = 0
    private var counts = [Key: Int]()

    public init(_ source: any ChoiceSource) { self.source = source }

    public func choose(_ domain: ChoiceDomain, _ entity: String, below arity: Int, rate: Double = 1) -> Int {
        guard arity > 1 else { return 0 }
        let index = count(domain, entity)
        return note(domain, entity, index, arity, source.choose(domain, entity, index: index, below: arity, rate: rate))
    }

    /// - Returns: `lanes.count` to let time pass.
    func lane(of lanes: ReadyLanes) -> Int {
        guard lanes.count > 1 || lanes.hasTimer else { return 0 }
        let index = count(.schedule, lanes[0])
        let turn = Turn(lanes, source.lane(of: lanes, index: index))
        return note(turn.domain, lanes[0], index, turn.arity, turn.value) == 0 ? 0 : turn.lane
    }

    private func count(_ domain: ChoiceDomain, _ entity: String) -> Int {
        let key = Key(domain: domain, entity: entity)
        defer { counts[key, default: 0] += 1 }
        return counts[key, default: 0]
    }

    private func note(_ domain: ChoiceDomain, _ entity: String, _ index: Int, _ arity: Int, _ value: Int) -> Int {
        draws += 1
        let value = value < 0 || value >= arity ? 0 : value
        if value != 0 { taken.append(Choice(domain, entity, index: index, arity: arity, value: value)) }
        return value
    }
}

/// One answer to the question which lane goes next, as it is written down: a choice of another lane than the first, or of time.
///
/// Both count by the same index of the first lane.
struct Turn {
    let domain: ChoiceDomain
    let arity: Int
    /// 0 for the benign answer.
    let value: Int
    /// As a director answers.
    let lane: Int

    init(_ lanes: ReadyLanes, _ lane: Int) {
        let movesClock = lane == lanes.count && lanes.hasTimer
        self.lane = movesClock || (0..<lanes.count).contains(lane) ? lane : 0
        (domain, arity, value) = movesClock ? (.time, 2, 1) : (.schedule, lanes.count, self.lane)
    }
}
