import Foundation
import Runtime
import Testing

@testable import Simulation

/// Every crash point of a scenario.
@Suite(.serialized) struct ExplorationSweepTests {
    @Test func `a sweep ends every instance at every point that the run without faults reaches, once each`() throws {
        let result = try Explorer.explore(Ordering(), budget: .exhaustive(.singleCrash))
        let table = try #require(result.crashes)
        #expect(result.isPassed, "\(result.failures.map(\.verdict.detail))")
        #expect(table.places > 30 && table.runs == table.places && result.runs.count == table.places)
        #expect(table.rows.allSatisfy { $0.verdict == "passed" })
        #expect(
            Set(table.rows.map(\.instance)).isSuperset(of: ["order-service", "notification-service", "analytics-service", "bus"]),
            "\(Set(table.rows.map(\.instance)))")
        #expect(!table.rows.contains { $0.instance == "customer" })
        let points: Set = [
            "store.begin", "store.commit", "store.after", "relay.publish", "relay.published", "bus.publish", "bus.durable", "bus.deliver",
            "bus.ack",
        ]
        #expect(Set(table.rows.map(\.point)).isSuperset(of: points), "\(points.subtracting(table.rows.map(\.point)))")
    }

    @Test func `a row that fails names the time and keeps the tape`() throws {
        let result = try Explorer.explore(Ordering(twist: .failsAfterCrash), budget: .exhaustive(.singleCrash))
        let row = try #require(result.crashes?.rows.first { $0.point == "store.after" && $0.instance == "order-service" })
        #expect(row.failures.count == row.reached && row.verdict.hasPrefix("tests: nothing is wrong"))
        let failure = try #require(row.failures.last)
        #expect(failure.time == row.reached && failure.tape.choices.count == 1)
        let again = Simulator.replay(failure.tape, of: Ordering(twist: .failsAfterCrash))
        #expect(again.verdict.kind == failure.verdict.kind && again.vanished.isEmpty)
    }

    @Test func `pairs end two instances in a run`() throws {
        let result = try Explorer.explore(Ordering(), budget: .crashPairs(samples: 20))
        #expect(result.runs.count == 20 && result.isPassed, "\(result.failures.map(\.verdict.detail))")
        let crashes = (result.coverage.faults["service.crash"] ?? 0) + (result.coverage.faults["process.crash"] ?? 0)
        #expect(crashes > 25 && crashes <= 40, "\(crashes)")
    }

    @Test func `a scenario that fails without a crash is not swept`() {
        #expect(throws: SweepError.self) { try Explorer.explore(Ordering(twist: .throwsUp), budget: .exhaustive(.singleCrash)) }
    }

    @Test func `a cancelled sweep leaves rows that were not run`() throws {
        var explorer = Explorer(Ordering(), budget: .exhaustive(.singleCrash))
        var done = 0
        explorer.onRun = { count, _, _ in done = count }
        explorer.isCancelled = { done >= 5 }
        let result = try explorer.explore()
        let table = try #require(result.crashes)
        #expect(!result.isComplete && table.runs < table.places && table.rows.contains { $0.verdict == "not run" })
    }
}
