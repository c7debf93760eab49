import Runtime

/// What an exploration found.
public struct Exploration: Codable, Sendable {
    /// One run, in a line.
    public struct Run: Codable, Sendable, Hashable {
        public var number: Int
        public var seed: UInt64
        public var strategy: String
        /// ``Verdict/kind``.
        public var verdict: String
        public var digest: String
        public var virtualSeconds: Double
        public var seconds: Double
        public var events: Int

        init(_ number: Int, _ answer: RunAnswer) {
            let report = answer.report
            self.number = number
            seed = report.seed
            strategy = report.strategy
            verdict = report.verdict.kind
            digest = report.digest
            virtualSeconds = report.virtualSeconds
            seconds = answer.seconds
            events = report.eventCount
        }
    }

    public var scenario: String
    public var budget: String
    /// By number: the order of the plan, whichever process did them when.
    public var runs = [Run]()
    /// Reports of the first runs that failed, by number.
    public var failures = [RunReport]()
    /// Runs that did not come out the same twice.
    public var divergences = [Divergence]()
    public var coverage = Coverage()
    /// Runs done a second time.
    public var repeated = 0
    /// Rows of the table of crash points, when that was the plan.
    public var crashes: CrashTable?
    /// Runs that went on from another one; nil when the plan has no such runs.
    public var branched: Int?
    /// Real seconds.
    public var seconds = 0.0
    /// False when it was interrupted, or its time was over.
    public var isComplete = true

    public init(scenario: String, budget: String) {
        self.scenario = scenario
        self.budget = budget
    }

    /// A single run.
    public init(of report: RunReport) {
        self.init(scenario: report.scenario, budget: "seed \(report.seed)")
        runs = [Run(0, RunAnswer(report: report, draws: nil, places: nil, seconds: 0))]
        failures = report.verdict.isPassed ? [] : [report]
        coverage.add(report)
    }

    /// Nothing failed, and what was run twice was the same twice.
    public var isPassed: Bool { failedRuns == 0 && divergences.isEmpty }
    public var failedRuns: Int { runs.filter { $0.verdict != Verdict.passed.kind }.count }
    public var virtualSeconds: Double { runs.reduce(0) { $0 + $1.virtualSeconds } }

    /// How often each verdict was reached, the most frequent first.
    public var verdicts: [(verdict: String, runs: Int)] {
        Dictionary(grouping: runs, by: \.verdict).map { ($0.key, $0.value.count) }
            .sorted { $0.runs == $1.runs ? $0.verdict < $1.verdict : $0.runs > $1.runs }
    }

    /// Sixteen hexadecimal digits; equal when the same runs gave the same histories.
    public var digest: String {
        var hash: UInt64 = 0
        for run in runs { hash = StableHash.of("\(run.seed) \(run.digest) \(run.verdict)", seed: hash) }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Reports of failures that are kept.
    static let failuresKeptMax = 500

    /// In the order of the plan, so that the result does not depend on which process was the faster.
    mutating func sort() {
        runs.sort { $0.number < $1.number }
    }
}
