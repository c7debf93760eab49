import Foundation
import Simulation

/// An exploration, for people.
struct ExplorationText {
    private let exploration: Exploration

    init(_ exploration: Exploration) { self.exploration = exploration }

    func show() {
        let count = exploration.runs.count
        let rate = Int(Double(count) / max(0.001, exploration.seconds))
        let state = exploration.isPassed ? Terminal.green("passed") : Terminal.red("failed")
        Terminal.line(
            "\(state) \(exploration.scenario), \(exploration.budget): \(count) runs in \(Spelled.duration(exploration.seconds)) (\(rate)/s), "
                + "\(Spelled.duration(exploration.virtualSeconds)) of virtual time, digest \(exploration.digest)")
        if !exploration.isComplete { Terminal.line(Terminal.yellow("not complete: it was interrupted, or its time was over")) }
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
                "  \(exploration.coverage.faults.values.reduce(0, +)) faults of \(kinds.struck) of \(kinds.all) kinds; "
                    + (exploration.coverage.claims.isEmpty
                        ? "no claims"
                        : "\(exploration.coverage.claims.count - unseen.count) of \(exploration.coverage.claims.count) claims seen"
                            + (unseen.isEmpty ? "" : ", never \(unseen.joined(separator: ", "))"))))
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
