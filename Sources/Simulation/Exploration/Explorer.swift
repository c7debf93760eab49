import Runtime

/// Runs a scenario as often and in as many ways as a budget says.
///
///     let exploration = try Explorer.explore(CheckoutChaos(), budget: .pullRequest)
///     for failure in exploration.failures { print(Story(failure)) }
///
/// What it finds does not depend on the number of processes: of several failures the one with the lowest number comes first.
public struct Explorer {
    public let scenario: any SimulationScenario
    public let budget: Budget
    public let mode: RunPool.Mode
    /// Looked at several times a second.
    public var isCancelled: () -> Bool = { false }
    /// Called after each run with how many are done, how many there are if that is known, and what the last one gave.
    public var onRun: (_ done: Int, _ of: Int?, _ answer: RunAnswer) -> Void = { _, _, _ in }

    public init(_ scenario: any SimulationScenario, budget: Budget, mode: RunPool.Mode = .workers()) {
        self.scenario = scenario
        self.budget = budget
        self.mode = mode
    }

    public static func explore(
        _ scenario: any SimulationScenario, budget: Budget, mode: RunPool.Mode = .workers()
    ) throws -> Exploration {
        try Explorer(scenario, budget: budget, mode: mode).explore()
    }

    /// Blocks its thread.
    /// - Throws: ``WorkerFailure`` when no process can be started, ``SweepError`` when the run that lists the places fails.
    public func explore() throws -> Exploration {
        let pool = RunPool(scenario, mode: mode)
        defer { pool.close() }
        let stopwatch = Stopwatch()
        var result = Exploration(scenario: type(of: scenario).name, budget: "\(budget)")
        let isOver = { isCancelled() || budget.secondsMax.map { stopwatch.seconds > $0 } == true }
        switch budget.plan {
        case .seeds(let seeds): try exploreSeeds(seeds, pool, &result, isOver)
        case .branch(let seed, let runs):
            try BranchSearch(scenario: scenario, seed: seed, runsMax: runs, failuresMax: budget.failuresMax)
                .search(pool, &result, isCancelled: isOver, onRun)
        case .singleCrash(let seed), .crashPairs(let seed, _):
            var samples: Int?
            if case .crashPairs(_, let count) = budget.plan { samples = count }
            let sweep = CrashSweep(scenario: scenario, seed: seed, pairs: samples, failuresMax: budget.failuresMax)
            result.crashes = try sweep.run(pool, &result, isCancelled: isOver, onRun)
        }
        result.sort()
        result.seconds = stopwatch.seconds
        return result
    }

    private func exploreSeeds(_ seeds: ClosedRange<UInt64>, _ pool: RunPool, _ result: inout Exploration, _ isOver: () -> Bool) throws {
        let strategy = budget.strategy
        let requests = seeds.lazy.enumerated().lazy.map { number, seed in RunRequest(.seed(seed, strategy), number: number) }
        // As many as fit: a range of all seeds is one longer than any number can say.
        let (last, isTooLong) = Int(exactly: seeds.upperBound - seeds.lowerBound).map { $0.addingReportingOverflow(1) } ?? (0, true)
        let count = isTooLong ? nil : last
        var answers = [(number: Int, answer: RunAnswer)]()
        var suspects = [RunRequest: RunAnswer]()
        var done = 0
        var failed = 0
        let isComplete = try pool.run(requests, isCancelled: isOver) { request, answer in
            done += 1
            let report = answer.report
            if !report.verdict.isPassed {
                failed += 1
                answers.append((request.number, answer))
            }
            result.runs.append(Exploration.Run(request.number, answer))
            result.coverage.add(report)
            if isWorthRepeating(report) { suspects[request] = answer }
            onRun(done, count, answer)
            return failed < budget.failuresMax
        }
        result.isComplete = isComplete || failed >= budget.failuresMax
        result.failures = answers.sorted { $0.number < $1.number }.prefix(Exploration.failuresKeptMax).map(\.answer.report)
        guard !isOver() else { return }
        let check = DeterminismCheck(pool: pool)
        let repeats = suspects.keys.sorted { $0.number < $1.number }
        result.divergences = try check.repeating(repeats, expecting: { suspects[$0] }, isCancelled: isOver)
        result.repeated = repeats.count
    }

    /// Failures, and a sample of the others. A lost worker has no history to compare.
    private func isWorthRepeating(_ report: RunReport) -> Bool {
        switch report.verdict {
        case .trapped, .hung: return false
        case .passed:
            let share = Double(StableHash.of("repeat", seed: report.seed) >> 11) * 0x1p-53
            return share < budget.repeated
        default: return true
        }
    }
}
