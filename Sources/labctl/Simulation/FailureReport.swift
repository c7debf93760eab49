import Foundation
import Lab
import Simulation

/// What is done about a run that failed: it is shrunk, its tape is put away, its story told.
struct FailureReport {
    let scenario: any SimulationScenario
    let options: RunOptions
    let shrinks: Bool
    var secondsMax = 30.0

    struct Result {
        var report: RunReport
        var shrunk: ShrunkTape?
        /// Nil when it could not be written.
        var tapeFile: String?

        func story(_ coverage: Coverage? = nil) -> Story { Story(report, shrunk: shrunk, tapeFile: tapeFile, coverage: coverage) }
    }

    func make(_ failed: RunReport) throws -> Result {
        var report = failed
        var shrunk: ShrunkTape?
        var note: String?
        // Each try of a run that hangs takes as long as it takes to be sure that it does.
        if shrinks, !Interruption.hasCome, !failed.verdict.isHung {
            let line = ProgressLine("shrinking")
            var shrinker = Shrinker(scenario, mode: options.mode)
            shrinker.secondsMax = secondsMax
            shrinker.isCancelled = { Interruption.hasCome }
            shrinker.onProgress = { line.say("\($0)") }
            do {
                let small = try shrinker.shrink(failed.tape, showing: failed.verdict)
                shrunk = small
                report = small.report
            } catch let error as ShrinkError {
                note = "\(error)"
            } catch is CancellationError {
                // Whoever does not wait for a smaller tape gets the one there is.
            }
            line.clear()
        }
        var tape = shrunk?.tape ?? report.tape
        tape.note = note
        if shrunk == nil, report.events == nil, note == nil, !Interruption.hasCome, !failed.verdict.endsProcess {
            report = try withEvents(tape) ?? report
        }
        var file: String?
        do { file = try TapeFolder.keep(tape) } catch {
            Terminal.complain("the tape of the failing run could not be written: \(error)")
        }
        return Result(report: report, shrunk: shrunk, tapeFile: file)
    }

    /// The same run, with the events that its story needs.
    private func withEvents(_ tape: Tape) throws -> RunReport? {
        let pool = RunPool(scenario, mode: options.mode)
        defer { pool.close() }
        let report = try pool.run(RunRequest(.tape(tape), keepsEvents: true)).report
        return report.verdict.kind == tape.oracle ? report : nil
    }

    /// The page, when one is asked for. A run that traps or hangs is not run again in this process.
    func writePage(_ tape: Tape, _ verdict: Verdict, _ result: Result?) throws {
        guard let html = options.html else { return }
        guard !verdict.endsProcess else {
            return Terminal.complain("no page is written: the run ends its process, and the page is made in this one")
        }
        let recording = RunRecorder().record(tape, of: scenario)
        try HTMLReport(recording, shrunk: result?.shrunk, tapeFile: result?.tapeFile).write(to: URL(fileURLWithPath: html))
        Terminal.complain(Terminal.dim("wrote \(html)"))
    }

    /// Many runs, and none to show.
    func saysNoPage() {
        guard let html = options.html else { return }
        let name = type(of: scenario).name
        Terminal.complain(
            Terminal.dim("no run failed, so \(html) is not written; one run: labctl sim --scenario \(name) --seed 1 --html \(html)"))
    }
}
