import LabTesting
import Runtime

/// Looks for one seeded bug: how many runs it takes, and which oracle sees it.
struct Hunt {
    /// As a pull request is tested: 200 seeds.
    static let seeds: UInt64 = 200
    /// The first one is that of the pull request; the others show whether it was luck.
    static let bases: [UInt64] = [1, 1_001, 2_001]
    static let strategies: [Strategy] = [.fifo, .random, .pct(depth: 3), .portfolio]

    struct Find: Sendable {
        /// Runs up to the one that fails, that one included.
        var runs: Int
        /// ``Verdict/kind``.
        var verdict: String
    }

    struct Result: Sendable {
        let mutant: Mutant
        /// By strategy: one for each base, nil when no seed found it.
        var finds: [(strategy: Strategy, finds: [Find?])]
        /// In the sweep, where that is the ground.
        var sweep: Find?

        /// Within the budget of a pull request.
        var isFound: Bool { mutant.ground == .checkoutSweep ? sweep != nil : finds.last?.finds.first.map { $0 != nil } == true }

        /// The verdict of most finds.
        var foundBy: String {
            var counts = [String: Int]()
            for find in finds.flatMap(\.finds) { if let find { counts[find.verdict, default: 0] += 1 } }
            if let sweep { counts[sweep.verdict, default: 0] += 1 }
            return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.first?.key ?? "nobody"
        }

        /// By strategy: the median over the bases; nil when most of them found nothing.
        var medians: [(strategy: Strategy, runs: Int?)] {
            finds.map { strategy, finds in
                let runs = finds.map { $0?.runs ?? .max }.sorted()
                let middle = runs[runs.count / 2]
                return (strategy, middle == .max ? nil : middle)
            }
        }
    }

    let mutant: Mutant

    /// - Parameter isThorough: all strategies and bases; else the pull request's alone.
    func run(isThorough: Bool = true) throws -> Result {
        // Workers are forked from this thread, so they have the bug as well.
        try SeededBug.planting(mutant.name) {
            if mutant.ground == .checkoutSweep { return Result(mutant: mutant, finds: [], sweep: try sweep()) }
            let pool = RunPool(mutant.ground.scenario)
            defer { pool.close() }
            let strategies = isThorough ? Self.strategies : [.portfolio]
            let bases = isThorough ? Self.bases : [Self.bases[0]]
            let finds = try strategies.map { strategy in
                (strategy: strategy, finds: try bases.map { try Self.first(strategy, from: $0, pool) })
            }
            return Result(mutant: mutant, finds: finds)
        }
    }

    /// The first seed of a range whose run fails.
    static func first(_ strategy: Strategy, from base: UInt64, _ pool: RunPool) throws -> Find? {
        let requests = (0..<Self.seeds).map { RunRequest(.seed(base + $0, strategy), number: Int($0)) }
        var first: (number: Int, verdict: String)?
        try pool.run(requests) { request, answer in
            if !answer.report.verdict.isPassed, request.number < first?.number ?? .max {
                first = (request.number, answer.report.verdict.kind)
            }
            return first == nil
        }
        return first.map { Find(runs: $0.number + 1, verdict: $0.verdict) }
    }

    private func sweep() throws -> Find? {
        var budget = Budget.exhaustive(.singleCrash)
        budget.failuresMax = 1
        do {
            let exploration = try Explorer.explore(mutant.ground.scenario, budget: budget)
            guard let failure = exploration.runs.first(where: { $0.verdict != Verdict.passed.kind }) else { return nil }
            return Find(runs: failure.number + 1, verdict: failure.verdict)
        } catch let error as SweepError {
            // It shows without any crash.
            return Find(runs: 1, verdict: error.report.verdict.kind)
        }
    }
}
