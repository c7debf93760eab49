import Foundation
import Lab
import Runtime

/// Runs scenarios.
public enum Simulator {
    /// What to do beside running.
    public struct Options {
        /// Put all events into the report.
        public var keepsEvents = false
        /// Called after each event, on the run's thread, with the lab once it has started. Throwing ``StopHere`` ends the run there.
        public var onEvent: ((SimulatedLab, History.Event) throws -> Void)?
        /// Called with the run's folder as soon as it is made: a run that ends its process does not remove it.
        public var onFolder: ((URL) -> Void)?
        /// Real seconds that a run which waits in vain is given at its end, for work to arrive from another thread: then it is an escape.
        public var lingers = 0.0
        /// Called at the end, while the files are still there.
        public var atEnd: ((SimulatedLab, RunReport) -> Void)?

        public init() {}
    }

    /// Ends a run at an event: its state can be looked at.
    public struct StopHere: Error {
        public init() {}
    }

    /// One run from a seed.
    public static func run(
        _ scenario: any SimulationScenario, seed: UInt64, strategy: Strategy = .portfolio, options: Options = Options()
    ) -> RunReport {
        let choices = SeedChoices(seed: seed, strategy: strategy)
        var report = run(scenario, seed: seed, choices: choices, strategy: "\(choices.strategy)", options: options)
        report.drawnBy = strategy
        return report
    }

    /// One run from a tape.
    public static func replay(_ tape: Tape, of scenario: any SimulationScenario, options: Options = Options()) -> RunReport {
        let choices = TapeChoices(tape)
        var report = run(scenario, seed: tape.seed, choices: choices, strategy: "tape", options: options)
        report.vanished = choices.unused
        return report
    }

    /// Blocks its thread until the run has ended. Never throws: what goes wrong is the verdict.
    public static func run(
        _ scenario: any SimulationScenario, seed: UInt64, choices: any ChoiceSource, strategy: String, options: Options = Options()
    ) -> RunReport {
        let chooser = Chooser(choices)
        let director = RunDirector(chooser: chooser)
        let run = SimulatedRun(seed: seed, director: director)
        let injector = FaultInjector(chooser: chooser, profile: scenario.faults, run: run)
        director.faults = injector
        let stage = Stage(scenario: scenario, run: run, injector: injector, options: options)
        var verdict = ForeignWork.watching(run) { stage.play() }
        if let escape = lateEscape(verdict, run, options.lingers) { verdict = escape }
        var counts = [History.Place: Int]()
        for event in run.history.events.dropFirst(stage.bootEvents) {
            counts[History.Place(instance: event.instance, point: event.point.name), default: 0] += 1
        }
        let report = RunReport(
            scenario: type(of: scenario).name, seed: seed, strategy: strategy, verdict: verdict, digest: run.history.digest,
            tape: Tape(
                scenario: type(of: scenario).name, seed: seed, choices: chooser.taken, oracle: verdict.isPassed ? nil : verdict.kind),
            vanished: [], virtualSeconds: (run.now - stage.began).milliseconds / 1000, eventCount: run.history.events.count,
            draws: chooser.draws,
            points: counts.sorted { $0.key < $1.key }.map {
                RunReport.PointCount(point: $0.key.point, instance: $0.key.instance, reached: $0.value)
            },
            faults: Dictionary(uniqueKeysWithValues: injector.counts.map { ($0.key.rawValue, $0.value) }), claims: director.claims,
            bootEvents: stage.bootEvents, events: options.keepsEvents ? run.history.events.map(EventRecord.init) : nil)
        stage.end(report)
        return report
    }
}

extension Simulator {
    private static func lateEscape(_ verdict: Verdict, _ run: SimulatedRun, _ seconds: Double) -> Verdict? {
        switch verdict {
        case .stalled, .notSettled, .endless: break
        default: return nil
        }
        let stopwatch = Stopwatch()
        while run.escape == nil, stopwatch.seconds < seconds { stopwatch.nap() }
        return run.escape.map { .escaped(LastWords.named("\(SimulationFailure.escape($0))")) }
    }
}

/// The five phases of one run.
private final class Stage: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    private let scenario: any SimulationScenario
    private let run: SimulatedRun
    private let injector: FaultInjector
    private let options: Simulator.Options
    private var folder: TemporaryFolder?
    private var lab: SimulatedLab?
    let began: Timestamp
    private(set) var bootEvents = 0

    init(scenario: any SimulationScenario, run: SimulatedRun, injector: FaultInjector, options: Simulator.Options) {
        self.scenario = scenario
        self.run = run
        self.injector = injector
        self.options = options
        began = run.now
    }

    func play() -> Verdict {
        do {
            let folder = try TemporaryFolder("sim-\(run.seed)")
            self.folder = folder
            options.onFolder?(folder.url)
            let topology = try scenario.topology
            try run.execute(stepsMax: scenario.limits.stepsMax) { world in try await self.phases(world, topology, folder.url) }
            return .passed
        } catch is Simulator.StopHere {
            return .passed
        } catch let violation as Violation {
            return .violated(violation)
        } catch let failure as SettleFailure {
            return .notSettled("\(failure)")
        } catch let failure as SimulationFailure {
            switch failure {
            case .stall: return .stalled("\(failure)")
            case .escape: return .escaped(LastWords.named("\(failure)"))
            case .endless: return .endless("\(failure)")
            case .claim(let name, _, let time):
                return .violated(
                    Violation(
                        oracle: "always \(name)", expected: "what the code claims to hold always", found: "\(failure)", at: time.rfc3339))
            }
        } catch {
            return .failed("\(error)")
        }
    }

    private func phases(_ world: World, _ topology: Topology, _ folder: URL) async throws {
        let lab = try SimulatedLab(world: world, run: run, injector: injector, topology: topology, roster: scenario.roster, folder: folder)
        self.lab = lab
        try await lab.boot()
        var jury = Jury(scenario.oracles, lab.view())
        enter("chaos")
        bootEvents = run.history.events.count
        let onEvent = options.onEvent
        run.onEvent = { [jury] event in
            try jury.witness(event)
            try onEvent?(lab, event)
        }
        injector.phase = .chaos
        injector.skewClocks(of: lab.stores.map(\.name))
        try await scenario.workload(lab)
        enter("heal")
        injector.heal()
        jury = Jury(jury.oracles, lab.view(healedAt: run.now))
        enter("settle")
        try await lab.settle(within: scenario.limits.settlesWithin)
        enter("check")
        try jury.settled()
        try await compareRestart(lab, jury)
        run.onEvent = onEvent.map { body in { try body(lab, $0) } }
        try await lab.shutDown()
    }

    /// Starting every service once more costs as much as the rest of a short run: one run in eight does, and none that draws nothing.
    private func compareRestart(_ lab: SimulatedLab, _ jury: Jury) async throws {
        guard jury.looksAtRestart, injector.chooser.choose(.check, "restart", below: 2, rate: 1 / 8) == 1 else { return }
        let (before, due) = (try jury.image(), try jury.view.nextTimer())
        try await lab.restartAll()
        try await lab.settle(within: scenario.limits.settlesWithin)
        // What comes due meanwhile has its effects with and without a restart.
        if let due, due <= run.now { return }
        try jury.restarted(before)
    }

    private func enter(_ phase: String) { run.note(Point("run.phase"), instance: "run", phase) }

    func end(_ report: RunReport) {
        if let lab { options.atEnd?(lab, report) }
        lab?.abandon()
        folder?.remove()
    }
}
