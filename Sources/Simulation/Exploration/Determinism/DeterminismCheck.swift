/// Does runs twice and says where the two part.
///
/// The second run has another process, another layout of memory and other surroundings: what follows from addresses, from what a process
/// keeps between runs, from the clock, the environment or threads differs. Two builds are compared by their digests; see `make determinism`.
public struct DeterminismCheck {
    private let pool: RunPool

    public init(pool: RunPool) { self.pool = pool }

    /// Each seed twice in child processes, or twice in this one.
    public static func check(
        _ scenario: any SimulationScenario, seeds: ClosedRange<UInt64>, strategy: Strategy = .portfolio, mode: RunPool.Mode = .workers()
    ) throws -> [Divergence] {
        let pool = RunPool(scenario, mode: mode)
        defer { pool.close() }
        let requests = seeds.enumerated().map { number, seed in
            // With everything written down, the runs that differ need not be done again to see where.
            var request = RunRequest(.seed(seed, strategy), number: number, keepsEvents: true)
            request.keepsDraws = true
            return request
        }
        let first = try pool.answers(requests)
        return try DeterminismCheck(pool: pool).repeating(requests, expecting: { first[$0.number] })
    }

    /// One seed in this process and in a child process.
    /// - Returns: nil when both are the same.
    public static func acrossProcesses(_ scenario: any SimulationScenario, seed: UInt64, strategy: Strategy = .portfolio) throws
        -> Divergence?
    {
        var request = RunRequest(.seed(seed, strategy), keepsEvents: true)
        request.keepsDraws = true
        let here = request.perform(scenario)
        let pool = RunPool(scenario, mode: .workers(1))
        defer { pool.close() }
        request.repetition = 1
        return Divergence.between(here, try pool.run(request))
    }

    /// Does the runs again.
    /// - Parameter expecting: what each gave the first time.
    func repeating(
        _ requests: [RunRequest], expecting: (RunRequest) -> RunAnswer?, isCancelled: () -> Bool = { false }
    ) throws -> [Divergence] {
        var different = [(request: RunRequest, divergence: Divergence?)]()
        let again = requests.map { request in
            var request = request
            request.repetition += 1
            return request
        }
        pool.renew()
        try pool.run(again, isCancelled: isCancelled) { request, answer in
            var original = request
            original.repetition -= 1
            guard let known = expecting(original) else { return true }
            let (before, now) = (known.report, answer.report)
            if before.digest != now.digest || before.draws != now.draws || before.verdict.kind != now.verdict.kind
                || before.tape.choices != now.tape.choices
            {
                let isWrittenDown = before.events != nil && now.events != nil
                different.append((original, isWrittenDown ? Divergence.between(known, answer) : nil))
            }
            return different.count < Self.locatedMax
        }
        return try different.sorted { $0.request.number < $1.request.number }.compactMap { try $0.divergence ?? locate($0.request) }
    }

    /// Divergences that are named; more tell nothing new.
    private static let locatedMax = 5
    private static let triesMax = 6

    /// Does the run until it comes out differently, with everything written down.
    private func locate(_ request: RunRequest) throws -> Divergence? {
        var request = request
        request.keepsEvents = true
        request.keepsDraws = true
        let first = try pool.run(request)
        for attempt in 1...Self.triesMax {
            request.repetition = attempt
            pool.renew()
            if let divergence = Divergence.between(first, try pool.run(request)) { return divergence }
        }
        return Divergence(
            scenario: first.report.scenario, seed: first.report.seed, causes: [],
            note: "it came out differently once, and the same \(Self.triesMax) times after that")
    }
}
