import LabTesting
import Runtime

/// Looks for one seeded bug: how many runs it takes, and which oracle sees it.
struct Hunt {
    /// As a pull request is tested: 200 seeds.
    static let seeds: UInt64 = 200
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

        /// Within the budget of a pull request.
        var isFound: Bool { finds.last?.finds.first.map { $0 != nil } == true }

        /// The verdict of most finds.
        var foundBy: String {
            var counts = [String: Int]()
            for find in finds.flatMap(\.finds) { if let find { counts[find.verdict, default: 0] += 1 } }
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

    /// - Parameter bases: where the ranges of seeds begin that are looked through with each strategy.
    func run(_ strategies: [Strategy] = [.portfolio], from bases: [UInt64] = [1]) throws -> Result {
        // Workers are forked from this thread, so they have the bug as well.
        try SeededBug.planting(mutant.name) {
            let pool = RunPool(mutant.ground.scenario)
            defer { pool.close() }
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
}
