import ArgumentParser
import Foundation
import Lab
import Simulation

struct Shrink: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a failing tape small: fewer operations, fewer faults, fewer deviations.",
        discussion: """
            EXAMPLE
              labctl shrink failing.json                  writes failing.small.json
              labctl shrink failing.json --seconds 300 --into lost-order.json

            A smaller tape counts only when the same oracle fails. The result is replayed three times.
            Ctrl-C keeps the smallest tape so far.
            Exit code 0 when there is a result, 1 when the tape does not fail, 130 after Ctrl-C.
            """)
    @Argument(help: "A tape of a run that fails.") var tape: String
    @Option(help: ArgumentHelp("Real time to spend.", valueName: "s")) var seconds = 30.0
    @Option(help: ArgumentHelp("Where the result goes.", valueName: "file")) var into: String?
    @OptionGroup var options: RunOptions

    private struct Answer: Encodable {
        var tape: String
        var before: ShrunkTape.Size
        var after: ShrunkTape.Size
        var runs: Int
        var real_seconds: Double
        var confirmed: Int
        var is_minimal: Bool
        var run: RunView
    }

    func run() throws {
        let content = try Spoken.tape(tape)
        let scenario = try Spoken.scenario(of: content, tape)
        let file = into ?? (tape.hasSuffix(".json") ? String(tape.dropLast(5)) : tape) + ".small.json"
        try OutputFile.check(file, "--into")
        try options.checkFiles()
        Interruption.watch()
        let verdict = try explaining { () -> Verdict in
            let pool = RunPool(scenario, mode: options.mode)
            defer { pool.close() }
            return try pool.run(RunRequest(.tape(content))).report.verdict
        }
        guard !verdict.isPassed else {
            throw LabError(
                .failed, "the tape does not fail", why: content.oracle.map { "it once showed \($0)" }, next: "labctl replay \(tape)")
        }
        let line = ProgressLine("shrinking")
        var shrinker = Shrinker(scenario, mode: options.mode)
        shrinker.secondsMax = seconds
        shrinker.isCancelled = { Interruption.hasCome }
        shrinker.onProgress = { line.say("\($0)") }
        let shrunk = try explaining {
            do { return try shrinker.shrink(content, showing: verdict) } catch is CancellationError {
                line.clear()
                Terminal.complain("interrupted before the tape had been replayed: \(file) is not written")
                throw ExitCode(Interruption.exitCode)
            }
        }
        line.clear()
        try shrunk.tape.write(to: URL(fileURLWithPath: file))
        try FailureReport(scenario: scenario, options: options, shrinks: false)
            .writePage(shrunk.tape, shrunk.report.verdict, FailureReport.Result(report: shrunk.report, shrunk: shrunk, tapeFile: file))
        try options.writeJUnit(Exploration(of: shrunk.report))
        let answer = Answer(
            tape: file, before: shrunk.before, after: shrunk.after, runs: shrunk.runs, real_seconds: shrunk.seconds,
            confirmed: shrunk.confirmed,
            is_minimal: shrunk.isMinimal, run: RunView(shrunk.report, tape: file))
        options.output.show(answer) { Terminal.line("\(Story(shrunk, tapeFile: file))") }
        if Interruption.hasCome { throw ExitCode(Interruption.exitCode) }
    }
}
