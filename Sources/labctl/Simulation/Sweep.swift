import ArgumentParser
import Foundation
import Lab
import Simulation

struct Sweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End an instance at every point that a scenario reaches, one crash a run.",
        discussion: """
            EXAMPLE
              labctl sweep                                 the checkout's crash points
              labctl sweep --scenario checkout --json      a line for each point
              labctl sweep --pairs 500                     two crashes a run, sampled
              labctl sweep --scenario checkout.no-outbox   what the outbox is for

            A run without faults lists the places; then each is crashed at once. The log ends
            with its process only, so at its points the whole process ends. Ctrl-C shows what
            has been done so far.
            Exit code 0 when all runs pass, 1 when one does not, 130 after Ctrl-C.
            """)
    @Option(help: "One of `labctl sim --list`.") var scenario = "checkout"
    @Option(parsing: .unconditional, help: "Of the instances' random numbers.") var seed = "1"
    @Option(help: ArgumentHelp("Two crashes a run, so many runs.", valueName: "n")) var pairs: Int?
    @OptionGroup var options: RunOptions

    /// A line of `--json`.
    private struct Line: Encodable {
        struct Failure: Encodable {
            var time: Int
            var verdict: String
            var detail: String
            var tape: [Choice]
        }
        var point: String
        var instance: String
        var reached: Int
        var runs: Int
        var verdict: String
        var failures: [Failure]?

        init(_ row: CrashTable.Row) {
            point = row.point
            instance = row.instance
            reached = row.reached
            runs = row.runs
            verdict = row.verdict
            let list = row.failures.map {
                Failure(time: $0.time, verdict: $0.verdict.kind, detail: $0.verdict.detail, tape: $0.tape.choices)
            }
            failures = list.isEmpty ? nil : list
        }
    }

    func run() throws {
        let scenario = try Spoken.scenario(scenario)
        let seed = try Spoken.seed(seed)
        if let pairs, pairs < 1 { throw LabError(.usage, "--pairs must be at least 1", next: "labctl sweep --pairs 500") }
        try options.checkFiles()
        Interruption.watch()
        let budget = pairs.map { Budget.crashPairs(samples: $0, seed: seed) } ?? .exhaustive(.singleCrash, seed: seed)
        let line = ProgressLine("sweep \(type(of: scenario).name)")
        var explorer = Explorer(scenario, budget: budget, mode: options.mode)
        explorer.isCancelled = { Interruption.hasCome }
        explorer.onRun = { line.show($0, of: $1, isPassed: $2.report.verdict.isPassed) }
        let exploration = try explaining {
            do {
                return try explorer.explore()
            } catch let error as SweepError {
                line.clear()
                if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
                throw LabError(
                    .failed, "\(error.report.scenario) fails before any crash: \(error.report.verdict.kind)",
                    why: error.report.verdict.detail,
                    next: "labctl sim --scenario \(error.report.scenario) --strategy fifo --seed \(seed)")
            }
        }
        line.clear()
        show(exploration)
        try options.writeJUnit(exploration)
        if !Interruption.hasCome { try tell(exploration, scenario) }
        if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
        if !exploration.isPassed { throw ExitCode(1) }
    }

    /// One failure of each kind: that of a single service first, for it says more than the end of the whole process.
    private func tell(_ exploration: Exploration, _ scenario: any SimulationScenario) throws {
        var byKind = [String: RunReport]()
        for report in exploration.failures {
            let known = byKind[report.verdict.kind]
            if known == nil || (known!.faults[FaultKind.crash.rawValue] == nil && report.faults[FaultKind.crash.rawValue] != nil) {
                byKind[report.verdict.kind] = report
            }
        }
        let failure = FailureReport(scenario: scenario, options: options, shrinks: true)
        if byKind.isEmpty { failure.saysNoPage() }
        for (place, one) in byKind.sorted(by: { $0.key < $1.key }).prefix(Self.storiesMax).enumerated() {
            let result = try explaining { try failure.make(one.value) }
            if place == 0 { try failure.writePage(result.shrunk?.tape ?? one.value.tape, one.value.verdict, result) }
            if !options.json { Terminal.line("\n\(Terminal.red("●")) \(result.story(exploration.coverage))") }
        }
    }

    private static let storiesMax = 3

    private func show(_ exploration: Exploration) {
        guard let table = exploration.crashes else { return }
        if options.json {
            for row in table.rows { options.output.stream(Line(row)) { "" } }
            return
        }
        var text = Table("POINT", "INSTANCE", ">REACHED", "VERDICT")
        for row in table.rows {
            let verdict =
                row.failures.isEmpty
                ? row.runs == row.reached ? Terminal.green(row.verdict) : Terminal.yellow(row.verdict) : Terminal.red(row.verdict)
            text.add(
                row.point, row.instance, String(row.reached),
                row.runs == row.reached || row.runs == 0 ? verdict : "\(verdict) (\(row.runs) run)")
        }
        text.show(empty: "no crash points")
        let share = table.places > 0 ? 100 * table.runs / table.places : 0
        let failed = table.rows.reduce(0) { $0 + $1.failures.count }
        Terminal.line(
            "\n\(Spelling.count(table.rows.count, "point")), reached \(Spelling.count(table.places, "time")); \(Spelling.count(table.runs, "run")), \(share) % of the places"
                + "\(failed > 0 ? Terminal.red(", \(failed) failed at \(Spelling.count(table.failedRows.count, "point"))") : ", all passed") in \(Spelled.duration(exploration.seconds))"
        )
        if !exploration.isComplete { Terminal.line(Terminal.yellow("interrupted: the rest was not run")) }
    }
}
