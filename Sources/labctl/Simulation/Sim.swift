import ArgumentParser
import Foundation
import Lab
import Simulation

struct Sim: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a scenario in a simulated lab: one seed, one history.",
        discussion: """
            EXAMPLE
              labctl sim --seed 42                              one run, with every choice drawn from the seed
              labctl sim --seed 42 --json | jq .digest          the same in every process and build
              labctl sim --scenario checkout.chaos --seeds 1..200
              labctl sim --budget pull-request                  the seeds that every change is tested with
              labctl sim --budget nightly --seed 20260101       20,000 seeds, other ones each night
              labctl sim --branch 1000                          goes on from where something new was seen
              labctl sim --seeds 1..200 --junit sim.xml --html failure.html
              labctl sim --list                                 the scenarios there are

            The first run that fails is shrunk; its tape is written below $LAB_TAPES, else below the folder for temporary files.
            Exit code 0 when all runs pass, 1 when one does not, 130 after Ctrl-C.
            """)
    @Option(help: "One of --list.") var scenario = "checkout.chaos"
    @Option(help: "One run; with --budget nightly, which night.") var seed: String?
    @Option(help: ArgumentHelp("Many runs, both ends included.", valueName: "a..b")) var seeds: String?
    @Option(help: "Many runs: pull-request, nightly or branch, as in tests.") var budget: String?
    @Option(help: ArgumentHelp("So many runs that branch.", valueName: "runs")) var branch: Int?
    @Option(help: "fifo, random, pct, pct(depth) or portfolio.") var strategy = "portfolio"
    @Option(help: ArgumentHelp("End after so many failures.", valueName: "n")) var failures = 1
    @Option(help: ArgumentHelp("Begin no run after so many real seconds.", valueName: "s")) var seconds: Double?
    @Flag(help: "Do every run twice and compare.") var twice = false
    @Flag(inversion: .prefixedNo, help: "Make the first failure small.") var shrink = true
    @Flag(help: "Show every point that was reached.") var coverage = false
    @Flag(help: "Print every event of the one run.") var events = false
    @Flag(help: "List the scenarios.") var list = false
    @Option(help: ArgumentHelp("Write a line for each run: seed, digest, verdict.", valueName: "file")) var digests: String?
    @Option(help: ArgumentHelp("Write the tape of the one run.", valueName: "file")) var tape: String?
    @OptionGroup var options: RunOptions

    func run() throws {
        if list { return showScenarios() }
        let scenario = try Spoken.scenario(scenario)
        let strategy = try Spoken.strategy(strategy)
        guard [budget == "nightly" ? nil : seed, seeds, branch.map(String.init), budget].compactMap(\.self).count <= 1 else {
            throw LabError(
                .usage, "--seed, --seeds, --branch and --budget do not go together",
                why: "each says which runs; only a night has a seed, too",
                next: "labctl sim --budget nightly --seed 20260101")
        }
        if let branch, branch < 1 { throw LabError(.usage, "--branch must be at least 1", next: "labctl sim --branch 1000") }
        Interruption.watch()
        try explaining {
            if seeds == nil, branch == nil, budget == nil {
                try runOne(scenario, seed: try Spoken.seed(seed ?? "1"), strategy)
            } else {
                try runMany(scenario, try budget(strategy))
            }
        }
    }

    private func budget(_ strategy: Strategy) throws -> Budget {
        var budget = try named() ?? branch.map { Budget.branch(runs: $0) } ?? Budget.seeds(try Spoken.seeds(seeds ?? "1..1"))
        budget.strategy = strategy
        budget.failuresMax = max(budget.failuresMax, failures)
        budget.secondsMax = seconds
        if twice { budget.repeated = 1 }
        return budget
    }

    private func named() throws -> Budget? {
        switch budget {
        case nil: nil
        case "pull-request": .pullRequest
        case "nightly": .nightly(seed: try Spoken.seed(seed ?? "1"))
        case "branch": .branch
        case let other?: throw LabError.unknown("budget", other, known: ["pull-request", "nightly", "branch"], list: "labctl sim --help")
        }
    }

    private func showScenarios() {
        struct Line: Encodable {
            var name: String
            var summary: String
        }
        let lines = Scenarios.all.map { Line(name: type(of: $0).name, summary: type(of: $0).summary) }
        options.output.show(lines) {
            var table = Table("SCENARIO", "WHAT HAPPENS")
            for line in lines { table.add(line.name, line.summary) }
            table.show()
        }
    }

    // MARK: One run

    private func runOne(_ scenario: any SimulationScenario, seed: UInt64, _ strategy: Strategy) throws {
        let pool = RunPool(scenario, mode: options.inProcess ? .inProcess : .workers(1))
        defer { pool.close() }
        let report = try pool.run(RunRequest(.seed(seed, strategy), keepsEvents: events)).report
        if twice {
            let check = try DeterminismCheck.check(scenario, seeds: seed...seed, strategy: strategy, mode: options.mode)
            if let divergence = check.first { throw LabError(.failed, "the run is not deterministic", why: "\(divergence)") }
            Terminal.complain(Terminal.dim("run twice, in two processes: no difference"))
        }
        if let tape { try report.tape.write(to: URL(fileURLWithPath: tape)) }
        if events { for event in report.events ?? [] { options.output.stream(event) { Self.line(event) } } }
        let failure = FailureReport(scenario: scenario, options: options, shrinks: shrink)
        let result = report.verdict.isPassed ? nil : try failure.make(report)
        try failure.writePage(result?.shrunk?.tape ?? report.tape, report.verdict, result)
        try writeJUnit(of: report)
        options.output.show(RunView(report, tape: result?.tapeFile)) {
            if let result { return Terminal.line("\(result.story())") }
            Terminal.line(
                "\(Terminal.green("passed")) \(report.digest)  \(report.scenario) seed \(seed), \(report.strategy): \(report.eventCount) events in "
                    + "\(Spelled.duration(report.virtualSeconds)) of virtual time, \(report.tape.choices.count) choices of \(report.draws), "
                    + "\(report.faults.values.reduce(0, +)) faults")
            if coverage { CoverageText(Coverage([report])).show() }
        }
        if !report.verdict.isPassed { throw ExitCode(1) }
    }

    private func writeJUnit(of report: RunReport) throws {
        guard let junit = options.junit else { return }
        try Data(JUnitReport(Exploration(of: report)).description.utf8).write(to: URL(fileURLWithPath: junit))
    }

    private static func line(_ event: EventRecord) -> String {
        "#\(event.number) \(Spelled.clock(event.micros)) \(event.instance) \(event.point) \(event.subject)"
    }

    // MARK: Many runs

    private func runMany(_ scenario: any SimulationScenario, _ budget: Budget) throws {
        let line = ProgressLine(type(of: scenario).name)
        var explorer = Explorer(scenario, budget: budget, mode: options.mode)
        explorer.isCancelled = { Interruption.hasCome }
        explorer.onRun = { line.show($0, of: $1, isPassed: $2.report.verdict.isPassed) }
        let exploration = try explorer.explore()
        line.clear()
        if let digests {
            let lines = exploration.runs.map { "\($0.seed) \($0.digest) \($0.verdict)\n" }.joined()
            try Data(lines.utf8).write(to: URL(fileURLWithPath: digests))
        }
        if let junit = options.junit { try Data(JUnitReport(exploration).description.utf8).write(to: URL(fileURLWithPath: junit)) }
        let failure = FailureReport(scenario: scenario, options: options, shrinks: shrink)
        let first = exploration.failures.first
        let result = try first.map { try failure.make($0) }
        if let first { try failure.writePage(result?.shrunk?.tape ?? first.tape, first.verdict, result) }
        let views = exploration.failures.enumerated().map { RunView($1, tape: $0 == 0 ? result?.tapeFile : nil) }
        options.output.show(ExplorationView(exploration, failures: views)) {
            ExplorationText(exploration).show()
            if coverage { CoverageText(exploration.coverage).show() }
            if let result { Terminal.line("\n\(result.story(exploration.coverage))") }
        }
        if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
        if !exploration.isPassed { throw ExitCode(1) }
    }
}
