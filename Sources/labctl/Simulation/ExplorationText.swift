import Foundation
import Lab
import Simulation

/// An exploration, for people.
struct ExplorationText {
    private let exploration: Exploration

    init(_ exploration: Exploration) { self.exploration = exploration }

    func show() {
        let count = exploration.runs.count
        let rate = Int(Double(count) / max(0.001, exploration.seconds))
        Terminal.line(
            "\(state) \(exploration.scenario), \(exploration.budget): \(Spelling.count(count, "run")) in \(Spelled.duration(exploration.seconds)) (\(rate)/s), "
                + "\(Spelled.duration(exploration.virtualSeconds)) of virtual time, digest \(exploration.digest)")
        if isInterrupted {
            let failed = exploration.failedRuns > 0 ? ", \(exploration.failedRuns) failed" : ", none failed"
            Terminal.line(Terminal.yellow("  the rest was not run; of these\(failed)"))
        } else if !exploration.isComplete {
            Terminal.line(Terminal.yellow("  not complete: its time was over"))
        }
        if let branched = exploration.branched {
            Terminal.line(
                Terminal.dim(
                    "  \(branched) of them branched" + (branched == 0 ? ": the first \(Budget.runsBeforeBranching) begin from nothing" : "")
                ))
        }
        if exploration.failedRuns > 0 {
            Terminal.line("  " + exploration.verdicts.map { "\($0.runs) \($0.verdict)" }.joined(separator: ", "))
        }
        if exploration.repeated > 0, exploration.divergences.isEmpty {
            Terminal.line(Terminal.dim("  \(exploration.repeated) of them were run twice: no difference"))
        }
        for divergence in exploration.divergences { Terminal.line("\n\(Terminal.red("not deterministic"))\n\(divergence)") }
        let kinds = exploration.coverage.faultKinds
        let unseen = exploration.coverage.unseen
        Terminal.line(
            Terminal.dim(
                "  \(Spelling.count(exploration.coverage.faults.values.reduce(0, +), "fault")) of \(kinds.struck) of \(kinds.all) kinds; "
                    + (exploration.coverage.claims.isEmpty
                        ? "no claims"
                        : "\(exploration.coverage.claims.count - unseen.count) of the scenario's \(exploration.coverage.claims.count) `sometimes` claims seen"
                            + (unseen.isEmpty ? "" : ", never \(unseen.joined(separator: ", "))"))))
    }

    private var isInterrupted: Bool { Interruption.hasCome && !exploration.isComplete }

    private var state: String {
        if isInterrupted { return Terminal.yellow("interrupted") }
        return exploration.isPassed ? Terminal.green("passed") : Terminal.red("failed")
    }
}

/// Which points were reached, which faults struck, which claims were seen.
struct CoverageText {
    private let coverage: Coverage

    init(_ coverage: Coverage) { self.coverage = coverage }

    func show() {
        Terminal.line("")
        var points = Table("INSTANCE", "POINT", ">RUNS", ">REACHED")
        for row in coverage.points { points.add(row.instance, row.point, String(row.runs), String(row.reached)) }
        points.show(empty: "no points")
        Terminal.line("")
        var faults = Table("FAULT", ">STRUCK")
        for kind in FaultKind.allCases { faults.add(kind.rawValue, String(coverage.faults[kind.rawValue] ?? 0)) }
        faults.show()
        guard !coverage.claims.isEmpty else { return }
        Terminal.line("")
        var claims = Table("SOMETIMES", ">RUNS")
        for (claim, runs) in coverage.claims.sorted(by: { $0.key < $1.key }) { claims.add(claim, String(runs)) }
        claims.show()
    }
}

/// Times of a simulation in words.
enum Spelled {
    static func duration(_ seconds: Double) -> String {
        if seconds >= 7200 { return String(format: "%.1f h", seconds / 3600) }
        if seconds >= 120 { return String(format: "%.1f min", seconds / 60) }
        return String(format: "%.1f s", seconds)
    }

    /// The time of day of a virtual moment.
    static func clock(_ micros: Int64) -> String {
        let day = micros % 86_400_000_000
        let (seconds, rest) = (day / 1_000_000, day % 1_000_000)
        return String(format: "%02d:%02d:%02d.%06d", Int(seconds / 3600), Int(seconds / 60 % 60), Int(seconds % 60), Int(rest))
    }
}
