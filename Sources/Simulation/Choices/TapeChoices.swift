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

    public init(_ tape: Tape) {
        left = Dictionary(tape.choices.map { (Label(domain: $0.domain, entity: $0.entity, index: $0.index), $0) }) { _, last in last }
        kinds = Set(tape.choices.filter { $0.domain == .fault }.compactMap { FaultKind(entity: $0.entity) })
    }

    /// Choices of the tape that the run has never come to: labels that this version of the code does not have, or no longer reaches.
    public var unused: [Choice] {
        left.values.sorted { ($0.domain.rawValue, $0.entity, $0.index) < ($1.domain.rawValue, $1.entity, $1.index) }
    }

    public func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
        left.removeValue(forKey: Label(domain: domain, entity: entity, index: index))?.value ?? 0
    }

    public func lane(of lanes: ReadyLanes, index: Int) -> Int { choose(.schedule, lanes[0], index: index, below: lanes.count + 1, rate: 1) }

    public func forces(_ kind: FaultKind) -> Bool { kinds.contains(kind) }
}
