import Foundation
import Runtime

extension RunRequest {
    /// Does the run in this process, on this thread.
    /// - Parameter secondsMax: real time after which it is stopped at its next event, and counts as passed.
    public func perform(_ scenario: any SimulationScenario, _ signals: RunSignals = .none, secondsMax: Double = .infinity) -> RunAnswer {
        let stopwatch = Stopwatch()
        let disturbance = Disturbance(repetition, ofProcess: signals.isChild)
        defer { disturbance.end() }
        if repetition > 0, signals.isFirstOfProcess {
            // What a process keeps from one run to the next must not matter: a run that is repeated is never the first.
            var options = Simulator.Options()
            options.onFolder = { signals.uses(folder: $0.path) }
            _ = Simulator.run(scenario, seed: seed, choices: BenignChoices(), strategy: "fifo", options: options)
        }
        let (base, strategy) = choices()
        let source = ObservedChoices(base, signals: signals, keepsDraws: keepsDraws)
        let phases = PhaseReader()
        var options = Simulator.Options()
        options.keepsEvents = keepsEvents
        options.onFolder = { signals.uses(folder: $0.path) }
        if secondsMax < .infinity { options.lingers = secondsMax / 4 }
        options.onEvent = { lab, event in
            if source.events == 0 { (base as? CrashChoices)?.instances = Set(lab.stores.map(\.name)) }
            source.events = event.number + 1
            if secondsMax < .infinity, stopwatch.seconds > secondsMax { throw Simulator.StopHere() }
            signals.at(event.instance, event.point.name, event.subject)
            if phases.phase(of: lab.run.history) == "check" { (base as? CrashChoices)?.isOpen = false }
        }
        var report = Simulator.run(scenario, seed: seed, choices: source, strategy: strategy, options: options)
        if let tape = base as? TapeChoices { report.vanished = tape.unused }
        report.drawnBy = drawnBy
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

    /// As ``RunReport/drawnBy``.
    private var drawnBy: Strategy? {
        guard case .seed(_, let strategy) = source, !listsPlaces else { return nil }
        return strategy
    }

    /// What is known of a run whose worker was lost.
    func answer(to loss: WorkerLoss, scenario: any SimulationScenario, seconds: Double) -> RunAnswer {
        let name = type(of: scenario).name
        let verdict: Verdict = loss.kind == .hung ? .hung("\(loss)") : .trapped("\(loss)")
        var tape = Tape(scenario: name, seed: seed, choices: loss.choices ?? [], oracle: verdict.kind)
        if case .tape(let known) = source, loss.choices == nil { (tape.format, tape.choices) = (known.format, known.choices) }
        let report = RunReport(
            scenario: name, seed: seed, strategy: choices().strategy, verdict: verdict, digest: "", tape: tape, vanished: [],
            virtualSeconds: 0,
            eventCount: 0, draws: 0, points: [], faults: [:], claims: [:], bootEvents: 0, events: nil, drawnBy: drawnBy)
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
