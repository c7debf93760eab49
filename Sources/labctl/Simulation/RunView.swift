import Foundation
import Simulation

/// A run, as `--json` tells it.
struct RunView: Encodable {
    var scenario: String
    var seed: UInt64
    var strategy: String
    /// `passed`, or the oracle that failed, or how the run ended else.
    var verdict: String
    var detail: String?
    var violation: Violation?
    var digest: String
    var events: Int
    var draws: Int
    var choices: [Choice]
    var vanished: [Choice]?
    var faults: [String: Int]
    var claims: [String: Bool]
    var virtual_seconds: Double
    var tape: String?
    /// With `--coverage`.
    var points: [Coverage.Row]?

    init(_ report: RunReport, tape: String? = nil, showsPoints: Bool = false) {
        scenario = report.scenario
        seed = report.seed
        strategy = report.strategy
        verdict = report.verdict.kind
        detail = report.verdict.isPassed ? nil : report.verdict.detail
        if case .violated(let violation) = report.verdict { self.violation = violation }
        digest = report.digest
        events = report.eventCount
        draws = report.draws
        choices = report.tape.choices
        vanished = report.vanished.isEmpty ? nil : report.vanished
        faults = report.faults
        claims = report.claims
        virtual_seconds = report.virtualSeconds
        self.tape = tape
        points = showsPoints ? Coverage([report]).points : nil
    }
}

/// Many runs, as `--json` tells them.
struct ExplorationView: Encodable {
    var scenario: String
    var budget: String
    var runs: Int
    /// Of a search that branches: runs that went on from another one.
    var branched: Int?
    var failed: Int
    var verdicts: [String: Int]
    var repeated: Int
    var divergences: [Divergence]
    /// Of all histories, in order.
    var digest: String
    var is_complete: Bool
    var real_seconds: Double
    var virtual_seconds: Double
    var faults: [String: Int]
    var claims: [String: Int]
    var points: [Coverage.Row]
    var failures: [RunView]

    init(_ exploration: Exploration, failures: [RunView]) {
        scenario = exploration.scenario
        budget = exploration.budget
        runs = exploration.runs.count
        branched = exploration.branched
        failed = exploration.failedRuns
        verdicts = Dictionary(uniqueKeysWithValues: exploration.verdicts.map { ($0.verdict, $0.runs) })
        repeated = exploration.repeated
        divergences = exploration.divergences
        digest = exploration.digest
        is_complete = exploration.isComplete
        real_seconds = exploration.seconds
        virtual_seconds = exploration.virtualSeconds
        faults = exploration.coverage.faults
        claims = exploration.coverage.claims
        points = exploration.coverage.points
        self.failures = failures
    }
}
