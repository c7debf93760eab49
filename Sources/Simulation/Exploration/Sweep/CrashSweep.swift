import Runtime

/// Ends an instance at every place that a run without faults reaches, one place a run; or at sampled pairs of places.
///
/// The lab is deterministic: up to its crash each run is the same as the one that listed the places, so none is missed and none is
/// imagined. The log has no lane of its own: at its points the whole process ends.
struct CrashSweep {
    let scenario: any SimulationScenario
    let seed: UInt64
    /// So many pairs; nil for every single place.
    let pairs: Int?
    let failuresMax: Int

    func run(
        _ pool: RunPool, _ result: inout Exploration, isCancelled: () -> Bool, _ onRun: (Int, Int?, RunAnswer) -> Void
    ) throws -> CrashTable {
        let places = try list(pool)
        var table = CrashTable(places: pairs == nil ? places : [])
        let requests = pairs.map { pairs(of: places, samples: $0) } ?? singles(of: places)
        if pairs != nil { table = CrashTable(places: requests.compactMap(Self.first)) }
        var failures = [(number: Int, report: RunReport)]()
        var runs = [Exploration.Run]()
        var coverage = result.coverage
        let isComplete = try pool.run(requests, isCancelled: isCancelled) { request, answer in
            var answer = answer
            if answer.report.verdict.isPassed,
                (answer.report.faults[FaultKind.crash.rawValue] ?? 0) + (answer.report.faults[FaultKind.processCrash.rawValue] ?? 0) == 0
            {
                answer.report.verdict = .failed("the run never came to the place of its crash: it is not deterministic")
            }
            if let place = Self.first(request) { table.note(place, answer.report.verdict, answer.report.tape) }
            runs.append(Exploration.Run(request.number, answer))
            coverage.add(answer.report)
            if !answer.report.verdict.isPassed { failures.append((request.number, answer.report)) }
            onRun(runs.count, requests.count, answer)
            return failures.count < failuresMax
        }
        result.runs = runs
        result.coverage = coverage
        result.isComplete = isComplete
        result.failures = failures.sorted { $0.number < $1.number }.prefix(Exploration.failuresKeptMax).map(\.report)
        return table
    }

    /// All places of the run without faults.
    /// - Throws: ``SweepError`` when that run fails already.
    private func list(_ pool: RunPool) throws -> [CrashPlace] {
        var request = RunRequest(.seed(seed, .fifo))
        request.listsPlaces = true
        let answer = try pool.run(request)
        guard answer.report.verdict.isPassed, let places = answer.places else { throw SweepError(report: answer.report) }
        return places
    }

    private func singles(of places: [CrashPlace]) -> [RunRequest] {
        let name = type(of: scenario).name
        return places.sorted().enumerated().map { number, place in
            RunRequest(.tape(Tape(scenario: name, seed: seed, choices: [place.choice])), number: number)
        }
    }

    /// The second crash mostly soon after the first, while the system still recovers.
    private func pairs(of places: [CrashPlace], samples: Int) -> [RunRequest] {
        guard !places.isEmpty else { return [] }
        let random = RandomStream(seed: seed ^ StableHash.of("crash pairs"))
        return (0..<samples).map { number in
            let first = random.below(places.count)
            let later = random.below(2) == 0 ? random.below(Self.recovery) : random.below(places.count - first)
            return RunRequest(.crashPair(seed: seed, places[first], placesLater: later), number: number)
        }
    }

    /// About how many places a recovering service comes to.
    private static let recovery = 40

    private static func first(_ request: RunRequest) -> CrashPlace? {
        switch request.source {
        case .crashPair(_, let place, _): place
        case .tape(let tape): tape.choices.first.flatMap { CrashPlace(entity: $0.entity, index: $0.index) }
        case .seed, .branch: nil
        }
    }
}

/// The run without any crash fails: there is nothing to compare with.
public struct SweepError: Error, Sendable, CustomStringConvertible {
    public let report: RunReport

    public var description: String {
        "\(report.scenario) fails without any crash: \(report.verdict.kind)\n\(report.verdict.detail)"
    }
}
