import Runtime

/// As on a tape for a number of draws, then drawn from a seed: another future of the same past.
///
/// The past is run again instead of being forked: a run's files are shared memory, which two processes cannot both go on writing, and a
/// checkout takes about as long to run as a process to fork.
final class BranchChoices: ChoiceSource {
    private let past: TapeChoices
    private let future: SeedChoices
    private var drawsLeft: Int

    init(_ tape: Tape, afterDraws draws: Int, seed: UInt64) {
        past = TapeChoices(tape)
        future = SeedChoices(seed: seed)
        drawsLeft = draws
    }

    func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
        guard isPast() else { return future.choose(domain, entity, index: index, below: arity, rate: rate) }
        return past.choose(domain, entity, index: index, below: arity, rate: rate)
    }

    func lane(of lanes: ReadyLanes, index: Int) -> Int {
        isPast() ? past.lane(of: lanes, index: index) : future.lane(of: lanes, index: index)
    }

    func rate(of kind: FaultKind, _ rate: Double) -> Double { future.rate(of: kind, rate) }

    private func isPast() -> Bool {
        guard drawsLeft > 0 else { return false }
        drawsLeft -= 1
        return true
    }
}
