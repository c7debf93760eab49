import Runtime

/// Gives what a tape says, and the benign choice where it says nothing.
public final class TapeChoices: ChoiceSource {
    private struct Label: Hashable {
        let domain: ChoiceDomain
        let entity: String
        let index: Int
    }

    private var left: [Label: Choice]
    private let kinds: Set<FaultKind>
    /// In format 1 the clock went first where the schedule chose one more lane than there were.
    private let isOfFormat1: Bool

    public init(_ tape: Tape) {
        left = Dictionary(tape.choices.map { (Label(domain: $0.domain, entity: $0.entity, index: $0.index), $0) }) { _, last in last }
        isOfFormat1 = tape.format == 1
        kinds = Set(tape.choices.filter { $0.domain == .fault }.compactMap { FaultKind(entity: $0.entity) })
    }

    /// Choices of the tape that the run has never come to: labels that this version of the code does not have, or no longer reaches, and
    /// values that there are no longer.
    public var unused: [Choice] {
        left.values.sorted { ($0.domain.rawValue, $0.entity, $0.index) < ($1.domain.rawValue, $1.entity, $1.index) }
    }

    public func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
        let label = Label(domain: domain, entity: entity, index: index)
        guard let value = left[label]?.value, (0..<arity).contains(value) else { return 0 }
        left[label] = nil
        return value
    }

    public func lane(of lanes: ReadyLanes, index: Int) -> Int {
        if lanes.hasTimer, choose(.time, lanes[0], index: index, below: 2, rate: 1) == 1 { return lanes.count }
        let clock = isOfFormat1 && lanes.hasTimer ? 1 : 0
        return choose(.schedule, lanes[0], index: index, below: lanes.count + clock, rate: 1)
    }

    public func forces(_ kind: FaultKind) -> Bool { kinds.contains(kind) }
}
