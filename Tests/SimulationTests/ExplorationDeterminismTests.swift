import Foundation
import Runtime
import Testing

@testable import Simulation

/// The same run twice.
@Suite(.serialized) struct ExplorationDeterminismTests {
    @Test func `a deterministic scenario comes out the same twice, here and in other processes`() throws {
        #expect(try DeterminismCheck.check(Ordering(faults: .swarm), seeds: 1...10).isEmpty)
        #expect(try DeterminismCheck.check(Ordering(faults: .swarm), seeds: 1...3, mode: .inProcess).isEmpty)
        #expect(try DeterminismCheck.acrossProcesses(Ordering(faults: .swarm), seed: 5) == nil)
    }

    @Test func `a run that reads the clock is found, and the first event that differs is named`() throws {
        let divergence = try #require(try DeterminismCheck.check(Ordering(twist: .readsTheClock), seeds: 1...1).first)
        let first = try #require(divergence.first)
        let second = try #require(divergence.second)
        #expect(first.number == second.number && first.micros != second.micros)
        #expect("\(divergence)".contains("at event \(first.number)") && "\(divergence)".contains("World"))
    }

    @Test func `an exploration does a share of its runs twice and fails when they differ`() throws {
        var budget = Budget.seeds(1...3)
        budget.repeated = 1
        let result = try Explorer.explore(Ordering(twist: .readsTheClock), budget: budget)
        #expect(!result.isPassed && result.repeated == 3 && !result.divergences.isEmpty)
    }

    @Test func `work from a foreign thread is an escape, in a worker too`() throws {
        let pool = RunPool(Ordering(twist: .escapes), mode: .workers(1))
        defer { pool.close() }
        let verdict = try pool.run(RunRequest(.seed(1, .fifo))).report.verdict
        guard case .escaped = verdict else {
            Issue.record("\(verdict.word): \(verdict.detail)")
            return
        }
    }

    @Test func `two reports are compared event by event and draw by draw`() {
        func answer(_ subjects: [String], _ values: [Int]) -> RunAnswer {
            let events = subjects.enumerated().map {
                EventRecord.sample($0, cause: $0 == 0 ? nil : $0 - 1, micros: Int64($0), "orders", "store.after", $1)
            }
            let draws = values.enumerated().map {
                DrawRecord(domain: .workload, entity: "colour", index: $0, arity: 5, value: $1, events: $0)
            }
            return RunAnswer(report: .sample(events: events), draws: draws, places: nil, seconds: 0)
        }
        #expect(Divergence.between(answer(["a", "b"], [0, 1]), answer(["a", "b"], [0, 1])) == nil)
        let event = Divergence.between(answer(["a", "b", "c"], [0]), answer(["a", "x", "c"], [0]))
        #expect(event?.event == 1 && event?.first?.subject == "b" && event?.second?.subject == "x" && event?.causes.map(\.subject) == ["a"])
        let draw = Divergence.between(answer(["a"], [0, 1, 2]), answer(["a"], [0, 1, 3]))
        #expect(draw?.event == nil && draw?.draw == 2 && draw?.firstDraw?.value == 2 && draw?.secondDraw?.value == 3)
        let end = Divergence.between(answer(["a", "b"], [0]), answer(["a"], [0]))
        #expect(end?.event == 1 && end?.second == nil)
    }
}
