import Foundation
import Runtime

extension RunRequest {
    /// Does the run in this process, on this thread.
    public func perform(_ scenario: any SimulationScenario, _ signals: RunSignals = .none) -> RunAnswer {
        let stopwatch = Stopwatch()
        let noise = MemoryNoise(repetition)
        defer { noise.end() }
        let (base, strategy) = choices()
        let source = ObservedChoices(base, signals: signals, keepsDraws: keepsDraws)
        let phases = PhaseReader()
        var options = Simulator.Options()
        options.keepsEvents = keepsEvents
        options.onEvent = { lab, event in
            if source.events == 0 {
                signals.uses(folder: lab.folder.path)
                (base as? CrashChoices)?.instances = Set(lab.stores.map(\.name))
            }
            source.events = event.number + 1
            signals.at(event.instance, event.point.name, event.subject)
            if phases.phase(of: lab.run.history) == "check" { (base as? CrashChoices)?.isOpen = false }
        }
        var report = Simulator.run(scenario, seed: seed, choices: source, strategy: strategy, options: options)
        if let tape = base as? TapeChoices { report.vanished = tape.unused }
        return RunAnswer(
            report: report, draws: keepsDraws ? source.draws : nil, places: listsPlaces ? (base as? CrashChoices)?.places : nil,
            seconds: stopwatch.seconds)
    }

    private func choices() -> (any ChoiceSource, strategy: String) {
        switch source {
        case .seed(let seed, let strategy):
            if listsPlaces { return (CrashChoices(), "fifo") }
            let choices = SeedChoices(seed: seed, strategy: strategy)
            return (choices, "\(choices.strategy)")
        case .tape(let tape): return (TapeChoices(tape), "tape")
        case .branch(let tape, let draws, let seed): return (BranchChoices(tape, afterDraws: draws, seed: seed), "branch")
        case .crashPair(_, let place, let later): return (CrashChoices(first: place, placesToSecond: later), "crash pair")
        }
    }

    /// What is known of a run whose worker was lost.
    func answer(to loss: WorkerLoss, scenario: any SimulationScenario, seconds: Double) -> RunAnswer {
        let name = type(of: scenario).name
        let verdict: Verdict = loss.kind == .hung ? .hung("\(loss)") : .trapped("\(loss)")
        var tape = Tape(scenario: name, seed: seed, choices: loss.choices ?? [], oracle: verdict.kind)
        if case .tape(let known) = source, loss.choices == nil { tape.choices = known.choices }
        let report = RunReport(
            scenario: name, seed: seed, strategy: choices().strategy, verdict: verdict, digest: "", tape: tape, vanished: [], virtualSeconds: 0,
            eventCount: 0, draws: 0, points: [], faults: [:], claims: [:], bootEvents: 0, events: nil)
        return RunAnswer(report: report, draws: nil, places: nil, seconds: seconds)
    }
}

/// Follows the phases that a history notes.
private final class PhaseReader {
    private var read = 0
    private var phase = ""

    func phase(of history: History) -> String {
        while read < history.events.count {
            let event = history.events[read]
            if event.point.name == "run.phase" { phase = event.subject }
            read += 1
        }
        return phase
    }
}

/// Shifts what comes next to other addresses: without it, two children of one parent have the same ones, and whatever follows from an
/// address, such as the order of a Set, looks stable.
private final class MemoryNoise {
    private var blocks = [UnsafeMutableRawPointer]()

    init(_ repetition: Int) {
        guard repetition > 0 else { return }
        let random = RandomStream(seed: UInt64(repetition))
        for _ in 0..<2_000 { blocks.append(.allocate(byteCount: 16 * (1 + random.below(64)), alignment: 16)) }
        // Holes of all sizes, so that old addresses do not come again in the old order.
        for index in blocks.indices.reversed() where random.below(2) == 0 { blocks.remove(at: index).deallocate() }
    }

    func end() {
        for block in blocks { block.deallocate() }
        blocks = []
    }
}
