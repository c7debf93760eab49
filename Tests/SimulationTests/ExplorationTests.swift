import Foundation
import Lab
import Runtime
import Testing

@testable import Simulation

/// Many runs: seeds, branches, budgets, and what is told of runs that end badly.
@Suite(.serialized) struct ExplorationTests {
    private func verdict(_ twist: Ordering.Twist) throws -> Verdict {
        let pool = RunPool(Ordering(twist: twist), mode: .workers(1))
        defer { pool.close() }
        return try pool.run(RunRequest(.seed(1, .fifo))).report.verdict
    }

    @Test func `what an exploration finds does not depend on the number of processes`() throws {
        let one = try Explorer.explore(Ordering(faults: .swarm), budget: .seeds(1...12), mode: .workers(1))
        let two = try Explorer.explore(Ordering(faults: .swarm), budget: .seeds(1...12), mode: .workers(2))
        #expect(one.digest == two.digest && one.runs.map(\.digest) == two.runs.map(\.digest))
        #expect(one.coverage == two.coverage)
        #expect(one.isPassed && one.isComplete, "\(one.failures.map(\.verdict.detail))")
        let here = try Explorer.explore(Ordering(faults: .swarm), budget: .seeds(1...3), mode: .inProcess)
        #expect(here.runs.map(\.digest) == one.runs.prefix(3).map(\.digest))
    }

    @Test func `the failure with the lowest number is reported first, and ends the exploration`() throws {
        let result = try Explorer.explore(Ordering(twist: .failsOnChoice), budget: .seeds(1...60))
        let first = try #require(result.failures.first)
        #expect(first.verdict.kind == "tests: nothing is wrong")
        #expect(!result.isPassed && result.runs.count < 60)
        let alone = try Explorer.explore(Ordering(twist: .failsOnChoice), budget: .seeds(1...60), mode: .inProcess)
        #expect(alone.failures.first?.seed == first.seed)
    }

    @Test func `a trap inside of a run is its verdict, with the place and what the runtime said`() throws {
        let verdict = try verdict(.traps)
        guard case .trapped(let text) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(text.contains("SIG") && text.contains("latest event"), "\(text)")
    }

    @Test(arguments: [Ordering.Twist.traps, .trapsAtBoot], [0, 1])
    func `a run that ends its process leaves no files behind`(_ twist: Ordering.Twist, _ repetition: Int) throws {
        let pool = RunPool(Ordering(twist: twist), mode: .workers(1))
        defer { pool.close() }
        // A seed of its own: other runs have folders, too.
        let seed = UInt64(7_070_701 + repetition + (twist == .traps ? 0 : 10))
        var request = RunRequest(.seed(seed, .fifo))
        request.repetition = repetition
        let here = try TemporaryFolder("here")
        defer { here.remove() }
        func folders() throws -> Set<String> {
            let names = try FileManager.default.contentsOfDirectory(atPath: here.url.deletingLastPathComponent().path)
            return Set(names.filter { $0.hasPrefix("servicelab-sim-\(seed)-") })
        }
        let before = try folders()
        #expect(try pool.run(request).report.verdict.kind == "trapped")
        #expect(try folders().subtracting(before) == [])
    }

    @Test func `a blocked thread is its verdict`() throws {
        let verdict = try verdict(.blocks)
        guard case .hung(let text) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(text.contains("no progress for 0.7 real seconds") && text.contains("latest event"), "\(text)")
    }

    @Test func `what never settles says what is open, what waits for ever says who waits for what`() throws {
        guard case .notSettled(let open) = try verdict(.neverSettles) else {
            Issue.record("it settled")
            return
        }
        #expect(open.contains("open:") && open.contains("notification-service is stopped"), "\(open)")
        let stalled = try verdict(.waitsForever)
        #expect(stalled.detail.contains("a sign that never comes"), "\(stalled)")
    }

    @Test func `a workload that throws has failed, in its own words`() throws {
        guard case .failed(let text) = try verdict(.throwsUp) else {
            Issue.record("it passed")
            return
        }
        #expect(text.contains("Refused"))
    }

    @Test func `branches go on from where something new was seen, the same in every process count`() throws {
        let one = try Explorer.explore(Ordering(faults: .swarm), budget: .branch(runs: 40), mode: .workers(1))
        let two = try Explorer.explore(Ordering(faults: .swarm), budget: .branch(runs: 40), mode: .workers(2))
        #expect(one.runs.count == 40 && one.runs.contains { $0.strategy == "branch" })
        #expect(one.digest == two.digest)
    }

    @Test func `a branch is the same as its past up to the draw, and its tape replays it`() throws {
        let past = RunRequest(.seed(3, .random), keepsEvents: true).perform(Ordering(faults: .swarm))
        var request = RunRequest(.branch(past.report.tape, afterDraws: past.report.draws / 2, seed: 99), keepsEvents: true)
        request.keepsDraws = true
        let branch = request.perform(Ordering(faults: .swarm))
        let draws = try #require(branch.draws)
        let kept = draws.prefix(past.report.draws / 2).filter { $0.value != 0 }.map {
            Choice($0.domain, $0.entity, index: $0.index, arity: $0.arity, value: $0.value)
        }
        #expect(kept == Array(past.report.tape.choices.prefix(kept.count)))
        let again = RunRequest(.tape(branch.report.tape)).perform(Ordering(faults: .swarm))
        #expect(again.report.digest == branch.report.digest)
    }

    @Test func `an exploration that is cancelled keeps what it has`() throws {
        var explorer = Explorer(Ordering(), budget: .seeds(1...100_000))
        var done = 0
        explorer.onRun = { count, _, _ in done = count }
        explorer.isCancelled = { done >= 5 }
        let result = try explorer.explore()
        #expect(!result.isComplete && result.runs.count >= 5 && result.runs.count < 1_000)
    }

    @Test func `a range of all seeds is explored as far as time allows`() throws {
        var explorer = Explorer(Ordering(), budget: .seeds(1 ... .max), mode: .inProcess)
        var counts = [Int?]()
        explorer.onRun = { done, all, _ in counts += [done, all] }
        explorer.isCancelled = { counts.count > 2 }
        let result = try explorer.explore()
        #expect(!result.isComplete && counts == [1, nil, 2, nil], "\(counts)")
    }

    @Test func `the fixed budgets`() {
        #expect(Budget.pullRequest.plan == .seeds(1...200))
        #expect(Budget.seeds(5..<8).plan == .seeds(5...7))
        #expect(Budget.nightly(seed: 1).plan != Budget.nightly(seed: 2).plan)
    }
}
