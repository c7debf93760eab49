import Runtime

/// Goes on from where something new was seen: runs that reached what no run before them reached are run again up to a draw, with another
/// future after it.
///
/// Works in generations, so that what it does follows from its seed alone, not from the number of processes.
struct BranchSearch {
    let scenario: any SimulationScenario
    let seed: UInt64
    let runsMax: Int
    let failuresMax: Int

    private struct Root {
        let tape: Tape
        let draws: Int
        var branches = 0
    }

    private static let generation = Budget.runsBeforeBranching
    /// Every so many runs one begins from nothing, lest the search stays in a corner.
    private static let freshEvery = 4

    func search(
        _ pool: RunPool, _ result: inout Exploration, isCancelled: () -> Bool, _ onRun: (Int, Int?, RunAnswer) -> Void
    ) throws {
        let random = RandomStream(seed: seed ^ StableHash.of("branch"))
        var seen = Set<String>()
        var roots = [Root]()
        var failures = [RunReport]()
        var number = 0
        result.branched = 0
        while number < runsMax, failures.count < failuresMax {
            var requests = [RunRequest]()
            while requests.count < min(Self.generation, runsMax - number) {
                if roots.isEmpty || requests.count % Self.freshEvery == 0 {
                    requests.append(RunRequest(.seed(seed &+ UInt64(number + requests.count), .portfolio)))
                } else {
                    // The latest discoveries first, and those that were followed least.
                    let index = (0..<3).map { _ in random.below(roots.count) }.max { a, b in
                        (roots[b].branches, a) < (roots[a].branches, b)
                    }!
                    roots[index].branches += 1
                    let root = roots[index]
                    requests.append(RunRequest(.branch(root.tape, afterDraws: random.below(max(1, root.draws)), seed: random.next())))
                }
            }
            let answers = try pool.answers(requests, isCancelled: isCancelled)
            for (offset, answer) in answers.enumerated() {
                guard let answer else {
                    result.isComplete = false
                    continue
                }
                result.runs.append(Exploration.Run(number + offset, answer))
                if case .branch = requests[offset].source { result.branched! += 1 }
                result.coverage.add(answer.report)
                onRun(number + offset + 1, runsMax, answer)
                if !answer.report.verdict.isPassed { failures.append(answer.report) }
                let features = Self.features(of: answer.report)
                if !features.isSubset(of: seen) { roots.append(Root(tape: answer.report.tape, draws: answer.report.draws)) }
                seen.formUnion(features)
            }
            number += requests.count
            if isCancelled() {
                if number < runsMax { result.isComplete = false }
                break
            }
        }
        result.failures = Array(failures.prefix(Exploration.failuresKeptMax))
    }

    /// What makes a run interesting: which points were reached about how often, what struck, what was claimed.
    static func features(of report: RunReport) -> Set<String> {
        var features = Set<String>()
        for point in report.points {
            // By powers of two: one more message is nothing new, twice as many are.
            features.insert("\(point.instance) \(point.point) \(Int.bitWidth - point.reached.leadingZeroBitCount)")
        }
        let kinds = report.faults.filter { $0.value > 0 }.keys.sorted()
        for (index, kind) in kinds.enumerated() {
            features.insert(kind)
            for other in kinds[(index + 1)...] { features.insert("\(kind) \(other)") }
        }
        for (claim, isSeen) in report.claims where isSeen { features.insert("claim \(claim)") }
        return features
    }
}
