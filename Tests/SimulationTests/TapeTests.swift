import Foundation
import LabTesting
import Testing

@testable import Simulation

/// What is written down of a run, and read again.
@Suite struct TapeTests {
    /// Draws from a seed, and keeps how many lanes were ready whenever the clock went first.
    private final class Watched: ChoiceSource {
        let base: SeedChoices
        /// By lane and index.
        var lanesAtMoves = [String: Int]()

        init(seed: UInt64) { base = SeedChoices(seed: seed, strategy: .random) }

        func choose(_ domain: ChoiceDomain, _ entity: String, index: Int, below arity: Int, rate: Double) -> Int {
            base.choose(domain, entity, index: index, below: arity, rate: rate)
        }

        func lane(of lanes: ReadyLanes, index: Int) -> Int {
            let lane = base.lane(of: lanes, index: index)
            if lane == lanes.count { lanesAtMoves["\(lanes[0]) \(index)"] = lanes.count }
            return lane
        }

        func rate(of kind: FaultKind, _ rate: Double) -> Double { base.rate(of: kind, rate) }
    }

    @Test func `a move of the clock is a choice of time, and tapes of format 1 that call it one of the schedule are replayed the same`()
        throws
    {
        var found: (report: RunReport, lanes: [String: Int])?
        for seed in 1...40 as ClosedRange<UInt64> where found == nil {
            let choices = Watched(seed: seed)
            let report = Simulator.run(OrderEvents(), seed: seed, choices: choices, strategy: "random")
            if !choices.lanesAtMoves.isEmpty { found = (report, choices.lanesAtMoves) }
        }
        let (report, lanes) = try #require(found, "no run in which the clock goes first")
        let moves = report.tape.choices.filter { $0.domain == .time }
        #expect(Set(moves.map { "\($0.entity) \($0.index)" }) == Set(lanes.keys))
        #expect(moves.allSatisfy { "\(ChoiceWords($0))".hasPrefix("the clock moved although \($0.entity) had work to do") })
        #expect(report.tape.choices.allSatisfy { $0.value < $0.arity })
        let again = Simulator.replay(report.tape, of: OrderEvents())
        #expect(again.digest == report.digest && again.tape == report.tape && again.vanished.isEmpty)

        var old = report.tape
        old.format = 1
        old.choices = old.choices.map { choice in
            guard choice.domain == .time, let count = lanes["\(choice.entity) \(choice.index)"] else { return choice }
            return Choice(.schedule, choice.entity, index: choice.index, arity: count + 1, value: count)
        }
        let replayed = Simulator.replay(old, of: OrderEvents())
        #expect(replayed.digest == report.digest && replayed.tape == report.tape && replayed.vanished.isEmpty)
        // In the present format it would be a lane that is not there.
        old.format = Tape.currentFormat
        let lost = Set(old.choices).subtracting(report.tape.choices)
        #expect(lost.count == moves.count && Set(Simulator.replay(old, of: OrderEvents()).vanished).isSuperset(of: lost))
    }

    @Test func `a value that there is no longer has vanished`() {
        let choices = [
            Choice(.workload, "customers", index: 0, arity: 9, value: 7),
            Choice(.workload, "customer-0/orders", index: 0, arity: 3, value: 2),
        ]
        let report = Simulator.replay(Tape(scenario: OrderEvents.name, seed: 1, choices: choices), of: OrderEvents())
        #expect(report.verdict == .passed && report.vanished == [choices[0]])
        #expect(report.tape.choices == [choices[1]])
    }

    @Test func `a tape of either format is read, and one of the next is not`() throws {
        let folder = try TemporaryFolder("tapes")
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("tape.json")
        for format in 1...3 {
            var tape = Tape(scenario: "s", seed: 1)
            tape.format = format
            try tape.write(to: file)
            if format < 3 { #expect(try Tape.read(file) == tape) } else { #expect(throws: TapeError.self) { try Tape.read(file) } }
        }
    }
}
