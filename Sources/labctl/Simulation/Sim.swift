import ArgumentParser
import Foundation
import Lab
import Simulation

struct Sim: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a scenario in a simulated lab: one seed, one history.",
        discussion: """
            EXAMPLE
              labctl sim --seed 42                        one run, drawn from the seed
              labctl sim --seed 42 --json | jq .digest    the same in every process
              labctl sim --scenario checkout.chaos --seeds 1..200
              labctl sim --budget pull-request            what every change is tested with
              labctl sim --budget nightly --seed 20260101   20,000 seeds, others each night
              labctl sim --branch 1000                    goes on from what was new
              labctl sim --seeds 1..200 --junit sim.xml --html failure.html
              labctl sim --list                           the scenarios there are

            One run: --seed; --events and --tape are for it. Many runs: --seeds, --budget or
            --branch; --failures and --seconds end them early. With --branch the first 32 runs
            begin from nothing, later ones go on from those that saw something new.

            `sometimes` claims are what a scenario says some run must have shown, such as an
            order that was cancelled in time. Those that no run has shown are named.

            The first run that fails is shrunk; its tape is written below $LAB_TAPES, else below
            the folder for temporary files.
            Exit code 0 when all runs pass, 1 when one does not, 130 after Ctrl-C.
            """)
    @Option(help: "One of --list.") var scenario = "checkout.chaos"
    @Option(parsing: .unconditional, help: "One run; with --budget nightly, which night.") var seed: String?
    @Option(help: ArgumentHelp("Many runs, both ends included.", valueName: "a..b")) var seeds: String?
    @Option(help: "Many runs: pull-request, nightly or branch, as in tests.") var budget: String?
    @Option(help: ArgumentHelp("So many runs that branch.", valueName: "runs")) var branch: Int?
    @Option(help: "fifo, random, pct, pct(depth) or portfolio, which is the default.") var strategy: String?
    @Option(help: ArgumentHelp("End after so many failures; 1 when absent, 20 in a night.", valueName: "n")) var failures: Int?
    @Option(help: ArgumentHelp("Many runs: begin none after so many real seconds.", valueName: "s")) var seconds: Double?
    @Flag(help: "Do every run twice and compare.") var twice = false
    @Flag(inversion: .prefixedNo, help: "Make the first failure small.") var shrink = true
    @Flag(help: "Show every point that was reached.") var coverage = false
    @Flag(help: "One run: print every event.") var events = false
    @Flag(help: "List the scenarios.") var list = false
    @Option(help: ArgumentHelp("Write a line for each run: seed, digest, verdict.", valueName: "file")) var digests: String?
    @Option(help: ArgumentHelp("One run: write its tape.", valueName: "file")) var tape: String?
    @OptionGroup var options: RunOptions

    func run() throws {
        if list {
            guard !isMany, seed == nil else {
                throw LabError(.usage, "--list and a choice of runs do not go together", why: "it runs nothing", next: "labctl sim --list")
            }
            return showScenarios()
        }
        let scenario = try Spoken.scenario(scenario)
        let strategy = try Spoken.strategy(strategy ?? "portfolio")
        guard [budget == "nightly" ? nil : seed, seeds, branch.map(String.init), budget].compactMap(\.self).count <= 1 else {
            throw LabError(
                .usage, "--seed, --seeds, --branch and --budget do not go together",
                why: "each says which runs; only a night has a seed, too",
                next: "labctl sim --budget nightly --seed 20260101")
        }
        try checkTogether()
        try options.checkFiles()
        try OutputFile.check(digests, "--digests")
        try OutputFile.check(tape, "--tape")
        Interruption.watch()
        try explaining {
            if !isMany {
                try runOne(scenario, seed: try Spoken.seed(seed ?? "1"), strategy)
            } else {
                try runMany(scenario, try budget(strategy))
            }
        }
    }

    private var isMany: Bool { seeds != nil || branch != nil || budget != nil }

    /// What would be left unread is refused: whoever wrote it expects something of it.
    private func checkTogether() throws {
        if let branch, branch < 1 { throw LabError(.usage, "--branch must be at least 1", next: "labctl sim --branch 1000") }
        if let failures, failures < 1 {
            throw LabError(.usage, "--failures must be at least 1", next: "labctl sim --seeds 1..200 --failures 5")
        }
        if let seconds, !(seconds > 0) {
            throw LabError(.usage, "--seconds must be more than 0", next: "labctl sim --seeds 1..200 --seconds 60")
        }
        let many = seeds.map { "--seeds \($0)" } ?? branch.map { "--branch \($0)" } ?? budget.map { "--budget \($0)" }
        if let many {
            for (option, isGiven) in [("--events", events), ("--tape", tape != nil)] where isGiven {
                throw LabError(
                    .usage, "\(option) and \(many) do not go together", why: "\(option) is about one run, \(many) asks for many",
                    next: "labctl sim --seed \(seed ?? "42") \(option)\(tape.map { option == "--tape" ? " \($0)" : "" } ?? "")")
            }
        } else {
            for (option, isGiven) in [("--failures", failures != nil), ("--seconds", seconds != nil)] where isGiven {
                throw LabError(
                    .usage, "\(option) needs many runs", why: "it ends them early, and this is one run",
                    next: "labctl sim --seeds 1..200 \(option) …")
            }
        }
        guard branch != nil || budget == "branch" else { return }
        for (option, isGiven) in [("--strategy", strategy != nil), ("--twice", twice)] where isGiven {
            throw LabError(
                .usage, "\(option) does not go with a search that branches",
                why: "it tries every strategy itself, and goes on from what it found", next: "labctl sim --seeds 1..200 \(option) …")
        }
    }

    private func budget(_ strategy: Strategy) throws -> Budget {
        var budget = try named() ?? branch.map { Budget.branch(runs: $0) } ?? Budget.seeds(try Spoken.seeds(seeds ?? "1..1"))
        budget.strategy = strategy
        if let failures { budget.failuresMax = failures }
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
        try writeDigests(Exploration(of: report))
        if let tape { try report.tape.write(to: URL(fileURLWithPath: tape)) }
        if events { for event in report.events ?? [] { options.output.stream(event) { Self.line(event) } } }
        let failure = FailureReport(scenario: scenario, options: options, shrinks: shrink)
        let result = report.verdict.isPassed ? nil : try failure.make(report)
        try failure.writePage(result?.shrunk?.tape ?? report.tape, report.verdict, result)
        try options.writeJUnit(Exploration(of: report))
        options.output.show(RunView(report, tape: result?.tapeFile, showsPoints: coverage)) {
            if let result { Terminal.line("\(result.story())") } else { Self.show(report) }
            if coverage { CoverageText(Coverage([report])).show() }
        }
        if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
        if !report.verdict.isPassed { throw ExitCode(1) }
    }

    private static func show(_ report: RunReport) {
        Terminal.line(
            "\(Terminal.green("passed")) \(report.digest)  \(report.scenario) seed \(report.seed), \(report.strategy): "
                + "\(Spelling.count(report.eventCount, "event")) in \(Spelled.duration(report.virtualSeconds)) of virtual time, "
                + "\(Spelling.count(report.tape.choices.count, "choice")) of \(report.draws), "
                + "\(Spelling.count(report.faults.values.reduce(0, +), "fault"))")
    }

    private func writeDigests(_ exploration: Exploration) throws {
        guard let digests else { return }
        let lines = exploration.runs.map { "\($0.seed) \($0.digest) \($0.verdict)\n" }.joined()
        try Data(lines.utf8).write(to: URL(fileURLWithPath: digests))
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
        try writeDigests(exploration)
        try options.writeJUnit(exploration)
        let failure = FailureReport(scenario: scenario, options: options, shrinks: shrink)
        let first = exploration.failures.first
        let result = try first.map { try failure.make($0) }
        if let first { try failure.writePage(result?.shrunk?.tape ?? first.tape, first.verdict, result) } else { failure.saysNoPage() }
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
