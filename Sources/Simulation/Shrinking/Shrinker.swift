import Lab

/// Makes a failing tape small: fewer operations, fewer faults, fewer deviations from first come first served, lower values.
///
///     let shrunk = try Shrinker(CheckoutChaos()).shrink(report.tape, showing: report.verdict)
///     try shrunk.tape.write(to: file)
///
/// A smaller tape counts only when the same oracle fails, or the run fails in the same other way. What a candidate never comes to is
/// left out at once. The result is replayed three times.
public struct Shrinker {
    public let scenario: any SimulationScenario
    public let mode: RunPool.Mode
    /// Real time after which the smallest tape so far is taken.
    public var secondsMax = 30.0
    public var isCancelled: () -> Bool = { false }
    /// Called whenever a smaller tape has been found.
    public var onProgress: (ShrunkTape.Size) -> Void = { _ in }

    public init(_ scenario: any SimulationScenario, mode: RunPool.Mode = .workers()) {
        self.scenario = scenario
        self.mode = mode
    }

    public static func shrink(
        _ scenario: any SimulationScenario, _ tape: Tape, _ verdict: Verdict, mode: RunPool.Mode = .workers()
    ) throws -> Tape {
        try Shrinker(scenario, mode: mode).shrink(tape, showing: verdict).tape
    }

    /// Blocks its thread.
    /// - Throws: ``ShrinkError`` when the tape does not fail that way, ``WorkerFailure`` when no process can be started,
    ///   `CancellationError` when it was cancelled before the tape had been replayed once.
    public func shrink(_ tape: Tape, showing verdict: Verdict) throws -> ShrunkTape {
        let pool = RunPool(scenario, mode: mode)
        defer { pool.close() }
        let search = ShrinkSearch(pool: pool, seed: tape.seed, kind: verdict.kind, secondsMax: secondsMax, isCancelled: isCancelled)
        search.onProgress = onProgress
        let isConfirmed = try search.begin(with: tape)
        guard isConfirmed else {
            if search.isOver { throw CancellationError() }
            throw ShrinkError(
                "the tape does not show \(verdict.kind) when it is replayed: the run is not deterministic, or the code has changed")
        }
        try search.reduce()
        var small = search.tape
        small.oracle = verdict.kind
        small.note = tape.note
        let (report, confirmed) = try confirm(small, kind: verdict.kind, pool)
        return ShrunkTape(
            tape: small, report: report, before: ShrunkTape.Size(tape), after: ShrunkTape.Size(small), runs: search.runs,
            seconds: search.stopwatch.seconds, confirmed: confirmed, isMinimal: !search.isOver)
    }

    private func confirm(_ tape: Tape, kind: String, _ pool: RunPool) throws -> (RunReport, Int) {
        let requests = (0..<ShrunkTape.replays).map { number in
            var request = RunRequest(.tape(tape), number: number, keepsEvents: true)
            request.repetition = number
            return request
        }
        let reports = try pool.answers(requests).compactMap { $0?.report }
        guard !reports.isEmpty else { throw ShrinkError("the shrunk tape could not be replayed") }
        guard let first = reports.first(where: { $0.verdict.kind == kind }) else {
            throw ShrinkError(
                "the tape has shown \(kind), and in \(Spelling.count(reports.count, "replay")) it does not: the run is not deterministic")
        }
        return (first, reports.count { $0.verdict.kind == kind && $0.digest == first.digest })
    }
}

/// The state of one shrinking.
private final class ShrinkSearch {
    let pool: RunPool
    let stopwatch = Stopwatch()
    var onProgress: (ShrunkTape.Size) -> Void = { _ in }
    private(set) var tape: Tape
    private(set) var runs = 0
    private(set) var isOver = false
    private let kind: String
    private let secondsMax: Double
    private let isCancelled: () -> Bool
    /// Tapes that were tried and do not fail.
    private var refuted = Set<[Choice]>()

    init(pool: RunPool, seed: UInt64, kind: String, secondsMax: Double, isCancelled: @escaping () -> Bool) {
        self.pool = pool
        self.kind = kind
        self.secondsMax = secondsMax
        self.isCancelled = isCancelled
        tape = Tape(scenario: type(of: pool.scenario).name, seed: seed)
    }

    /// - Returns: whether the tape fails as it should.
    func begin(with tape: Tape) throws -> Bool {
        self.tape = tape
        return try firstThatFails([tape.choices]) != nil
    }

    /// Until nothing can be left out and no value be lowered, or time is over.
    func reduce() throws {
        // The bold step first: most failures need no particular order of turns.
        for passes in [[ShrinkPass.schedule, .faults], [.schedule], [.faults], [.workload]] as [[ShrinkPass]] {
            _ = try firstThatFails([tape.choices.filter { choice in !passes.contains { $0.covers(choice) } }])
        }
        var before: [Choice]
        repeat {
            before = tape.choices
            for pass in ShrinkPass.allCases where !isOver { try reduce(pass) }
            if !isOver { try lowerValues() }
        } while tape.choices != before && !isOver
    }

    private func reduce(_ pass: ShrinkPass) throws {
        let part = tape.choices.filter(pass.covers)
        guard !part.isEmpty else { return }
        _ = try DeltaDebugging<Choice> { candidates in
            // What the other passes have is taken as it is now: a candidate that fails may have lost some of it.
            let others = self.tape.choices
            return try self.firstThatFails(
                candidates.map { kept in
                    let kept = Set(kept)
                    return others.filter { !pass.covers($0) || kept.contains($0) }
                })
        }.minimise(part)
    }

    private func lowerValues() throws {
        // By label, for the tape changes on the way.
        for choice in tape.choices where choice.value > 1 {
            guard !isOver, let position = tape.choices.firstIndex(of: choice) else { continue }
            _ = try firstThatFails(
                ShrinkPass.lowerValues(than: choice.value).map { value in
                    var choices = tape.choices
                    choices[position].value = value
                    return choices
                })
        }
    }

    /// Tries the lists in turn, as many at a time as there are workers; the first that fails as it should becomes the tape.
    private func firstThatFails(_ candidates: [[Choice]]) throws -> Int? {
        var next = 0
        while next < candidates.count {
            if runs > 0, stopwatch.seconds > secondsMax || isCancelled() {
                isOver = true
                return nil
            }
            let batch = next..<min(candidates.count, next + pool.width)
            let new = batch.filter { !refuted.contains(candidates[$0]) && (runs == 0 || candidates[$0] != tape.choices) }
            next = batch.upperBound
            let answers = try pool.answers(new.map { RunRequest(.tape(with(candidates[$0]))) }, isCancelled: isCancelled)
            runs += new.count
            for (index, answer) in zip(new, answers) {
                guard let report = answer?.report else { continue }
                guard report.verdict.kind == kind else {
                    refuted.insert(candidates[index])
                    continue
                }
                // What the run took of it: the rest was never asked for.
                tape = with(Self.taken(of: candidates[index], by: report))
                onProgress(ShrunkTape.Size(tape))
                return index
            }
            // Runs that were not done say nothing about their lists.
            if answers.contains(where: { $0 == nil }) {
                isOver = true
                return nil
            }
        }
        return nil
    }

    private static func taken(of candidate: [Choice], by report: RunReport) -> [Choice] {
        let vanished = Set(report.vanished)
        return candidate.filter { !vanished.contains($0) }
    }

    /// Of the same format: it says how the choices are read.
    private func with(_ choices: [Choice]) -> Tape {
        var tape = tape
        tape.choices = choices
        return tape
    }
}
