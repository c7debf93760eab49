import Foundation
import Runtime

/// Does the runs of one scenario, in child processes or in this one.
public final class RunPool {
    public enum Mode: Sendable, Hashable {
        /// One run after another on the caller's thread: for debuggers and small tests. A trap ends the program.
        case inProcess
        /// So many child processes; one per core when nil.
        case workers(Int? = nil)
    }

    public let scenario: any SimulationScenario
    public let mode: Mode
    private let pool: WorkerPool<RunRequest, RunAnswer>?

    public init(_ scenario: any SimulationScenario, mode: Mode = .workers()) {
        self.scenario = scenario
        self.mode = mode
        if case .workers(let count) = mode {
            var limits = WorkerLimits(workers: count)
            limits.silenceSecondsMax = scenario.limits.hangsAfter.milliseconds / 1000
            pool = WorkerPool(limits: limits) { request, signals in request.perform(scenario, signals) }
        } else {
            pool = nil
        }
    }

    /// How many runs are under way at a time.
    public var width: Int {
        guard case .workers(let count) = mode else { return 1 }
        return WorkerLimits(workers: count).workers
    }

    /// Ends the child processes.
    public func close() { pool?.close() }

    /// The next runs are done by fresh child processes: what a process has and keeps must not matter to a run.
    func renew() { pool?.close() }

    /// Does all runs, unless told to stop; see ``WorkerPool/run(_:isCancelled:_:)``. A run whose worker is lost is answered too.
    /// - Returns: false when some were not done.
    /// - Throws: ``WorkerFailure`` when no process can be started.
    @discardableResult
    public func run(
        _ requests: some Sequence<RunRequest>, isCancelled: () -> Bool = { false }, _ take: (RunRequest, RunAnswer) -> Bool
    ) throws -> Bool {
        guard let pool else {
            for request in requests {
                if isCancelled() { return false }
                if !take(request, request.perform(scenario)) { return false }
            }
            return true
        }
        return try pool.run(requests, isCancelled: isCancelled) { request, outcome in
            switch outcome {
            case .answered(let answer): take(request, checkedForEscape(request, answer))
            case .lost(let loss): take(request, request.answer(to: loss, scenario: scenario, seconds: 0))
            }
        }
    }

    /// A forked child has no threads but its own: what a run gives to Dispatch never comes back, and the run looks as if it waited for ever.
    /// So a run that does is done once more here, for a moment, where such work would come back from another thread.
    private func checkedForEscape(_ request: RunRequest, _ answer: RunAnswer) -> RunAnswer {
        switch answer.report.verdict {
        case .stalled, .endless, .notSettled: break
        default: return answer
        }
        var checked = answer
        let defect = Defect(answer.report.verdict)
        if escapes[defect] == nil, vainEscapeChecksLeft > 0 { escapes[defect] = .some(escape(request, answer)) }
        if case .some(.some(let escape)) = escapes[defect] { checked.report.verdict = escape }
        return checked
    }

    private func escape(_ request: RunRequest, _ answer: RunAnswer) -> Verdict? {
        let here = request.perform(scenario, secondsMax: Self.escapeCheckSeconds)
        switch (answer.report.verdict, here.report.verdict) {
        case (_, .escaped): return here.report.verdict
        case (.stalled(let waits), .passed) where here.seconds < Self.escapeCheckSeconds:
            // It came back too early to be caught in the act, before anybody waited for it.
            let escape = SimulationFailure.escape("another thread does a part of it; in a process without other threads \(waits)")
            return .escaped("\(escape)")
        default:
            vainEscapeChecksLeft -= 1
            return nil
        }
    }

    /// Who waits for what, whenever it was: equal for runs that show the same.
    private struct Defect: Hashable {
        let kind: String
        let waits: [Substring]

        init(_ verdict: Verdict) {
            kind = verdict.kind
            waits = Array(verdict.detail.split(separator: "\n").dropFirst())
        }
    }

    /// What has been looked at, once a pool: the escape that it is, or nil for none.
    private var escapes = [Defect: Verdict?]()
    /// Checks that find nothing take their time each.
    private var vainEscapeChecksLeft = 3
    private static let escapeCheckSeconds = 2.0

    /// One run.
    public func run(_ request: RunRequest) throws -> RunAnswer {
        var result: RunAnswer?
        try run([request]) { _, answer in
            result = answer
            return true
        }
        guard let result else { throw WorkerFailure("a run was not done") }
        return result
    }

    /// All of them, in the order of the requests.
    public func answers(_ requests: [RunRequest], isCancelled: () -> Bool = { false }) throws -> [RunAnswer?] {
        var answers = [RunAnswer?](repeating: nil, count: requests.count)
        let numbered = requests.enumerated().map { index, request in
            var request = request
            request.number = index
            return request
        }
        try run(numbered, isCancelled: isCancelled) { request, answer in
            answers[request.number] = answer
            return true
        }
        return answers
    }
}
