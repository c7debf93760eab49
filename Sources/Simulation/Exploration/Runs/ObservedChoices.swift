import Runtime

/// Passes on what another source chooses, and keeps account of it.
final class ObservedChoices: ChoiceSource {
    private let base: any ChoiceSource
    private let signals: RunSignals
    private let keepsDraws: Bool
    private(set) var draws = [DrawRecord]()
    /// How many events the history had, as far as known.
    var events = 0

    init(_ base: any ChoiceSource, signals: RunSignals, keepsDraws: Bool) {
        self.base = base
        self.signals = signals
        self.keepsDraws = keepsDraws
    }

    func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
        note(domain, entity, index, arity, base.choose(domain, entity, index: index, below: arity, rate: rate))
    }

    func lane(of lanes: ReadyLanes, index: Int) -> Int {
        signals.tick()
        let turn = Turn(lanes, base.lane(of: lanes, index: index))
        _ = note(turn.domain, lanes[0], index, turn.arity, turn.value)
        return turn.lane
    }

    func rate(of kind: FaultKind, _ rate: Double) -> Double { base.rate(of: kind, rate) }
    func forces(_ kind: FaultKind) -> Bool { base.forces(kind) }

    private func note(_ domain: ChoiceDomain, _ entity: String, _ index: Int, _ arity: Int, _ value: Int) -> Int {
        if value != 0 { signals.chose(Choice(domain, entity, index: index, arity: arity, value: value)) }
        if keepsDraws {
            draws.append(DrawRecord(domain: domain, entity: entity, index: index, arity: arity, value: value, events: events))
        }
        return value
    }
}
