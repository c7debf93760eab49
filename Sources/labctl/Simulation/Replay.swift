import ArgumentParser
import Foundation
import Lab
import Simulation

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a tape again; stop at an event and look around.",
        discussion: """
            EXAMPLE
              labctl replay lost-order.json
              labctl replay lost-order.json --html lost-order.html
              labctl replay lost-order.json --events --json | jq -r .point
              labctl replay lost-order.json --until 212 --sql orders "SELECT * FROM outbox"
              labctl replay lost-order.json --until 212 --topic order-events
              labctl replay lost-order.json --until 212   asks: sql, topic, saga, events

            With --until the run stops when the event is reached, before anything follows from
            it. A failing tape may be stopped at the event at which its oracle fails, too.
            Exit code 1 when the run fails, 0 when it passes or was stopped.
            """)
    @Argument(help: "A tape, as `labctl sim` and the tests write them.") var tape: String
    @Option(help: ArgumentHelp("Stop at this event.", valueName: "n")) var until: Int?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("With --until: a service, and a statement that reads; its tables without one.", valueName: "service query"))
    var sql: [String] = []
    @Option(help: ArgumentHelp("With --until: what a topic holds.", valueName: "name")) var topic: String?
    @Flag(help: "With --until: where the sagas stand.") var saga = false
    @Flag(help: "Print every event.") var events = false
    @OptionGroup var options: RunOptions

    func validate() throws {
        if sql.count > 2 { throw ValidationError("--sql takes a service and one statement: put the statement in quotes") }
        if until == nil, !sql.isEmpty || topic != nil || saga {
            throw ValidationError("--sql, --topic and --saga need --until: when to look")
        }
        if until != nil, events || options.html != nil || options.junit != nil {
            throw ValidationError("--events, --html and --junit show the whole run: they do not go with --until")
        }
    }

    func run() throws {
        let content = try Spoken.tape(tape)
        let scenario = try Spoken.scenario(of: content, tape)
        if let until { return try Pause(at: until, of: content, scenario, questions: questions, output: options.output).run() }
        try options.checkFiles()
        Interruption.watch()
        let report = try explaining {
            let pool = RunPool(scenario, mode: options.inProcess ? .inProcess : .workers(1))
            defer { pool.close() }
            return try pool.run(RunRequest(.tape(content), keepsEvents: true)).report
        }
        if events {
            for event in report.events ?? [] {
                options.output.stream(event) {
                    "#\(event.number) \(Spelled.clock(event.micros)) \(event.instance) \(event.point) \(event.subject)"
                }
            }
        }
        try FailureReport(scenario: scenario, options: options, shrinks: false)
            .writePage(content, report.verdict, FailureReport.Result(report: report, shrunk: nil, tapeFile: tape))
        try options.writeJUnit(Exploration(of: report))
        if !events || !options.json {
            options.output.show(RunView(report, tape: tape)) { Terminal.line("\(Story(report, tapeFile: tape))") }
        }
        try checkFit(content, report)
        if !report.verdict.isPassed { throw ExitCode(1) }
    }

    /// A tape that was made by other code names choices that are no longer asked for.
    private func checkFit(_ tape: Tape, _ report: RunReport) throws {
        guard !report.vanished.isEmpty else { return }
        if let oracle = tape.oracle, report.verdict.kind == oracle { return }
        let names = report.vanished.map { "\($0.domain.rawValue) \($0.entity) #\($0.index)" }
        let shown = names.prefix(8).joined(separator: "\n") + (names.count > 8 ? "\n… and \(names.count - 8) more" : "")
        throw LabError(
            .failed,
            "the tape is from another version: \(names.count) of its \(Spelling.count(tape.choices.count, "choice")) were never asked for",
            why: "vanished:\n\(shown)\n"
                + (tape.oracle.map { "it showed \($0) once; now the run ends with: \(report.verdict.kind)" } ?? ""),
            next: "labctl sim --scenario \(tape.scenario) --seed \(tape.seed)")
    }

    private var questions: [Question] {
        var questions = [Question]()
        if let service = sql.first { questions.append(.sql(service, sql.count > 1 ? sql[1] : nil)) }
        if let topic { questions.append(.topic(topic)) }
        if saga { questions.append(.saga(nil)) }
        return questions
    }
}
