import Foundation
import Runtime
import Testing

@testable import Simulation

/// Small tapes from large ones.
@Suite(.serialized) struct ShrinkingTests {
    private func minimise(_ elements: [Int], _ holds: @escaping ([Int]) -> Bool) throws -> (result: [Int], tests: Int) {
        var tests = 0
        let result = try DeltaDebugging<Int> { candidates in
            candidates.firstIndex { candidate in
                tests += 1
                return holds(candidate)
            }
        }.minimise(elements)
        return (result, tests)
    }

    @Test func `what matters is kept, in its order, and nothing else`() throws {
        for culprits in [[3, 7], [0], [99], [0, 99], [10, 11, 12, 13], [5, 25, 45, 65, 85]] {
            let (result, _) = try minimise(Array(0..<100)) { Set($0).isSuperset(of: culprits) }
            #expect(result == culprits)
        }
    }

    @Test func `nothing is left of a list that holds without anything`() throws {
        #expect(try minimise(Array(0..<100)) { _ in true }.result.isEmpty)
        #expect(try minimise([], { _ in true }).result.isEmpty)
        #expect(try minimise([4]) { $0 == [4] }.result == [4])
    }

    @Test func `a list of which everything matters is kept, within n² tests`() throws {
        let (result, tests) = try minimise(Array(0..<40)) { $0.count == 40 }
        #expect(result.count == 40 && tests < 1_600)
    }

    @Test func `the result lacks no single element, for a property that is not monotonic`() throws {
        // Holds for an even number of elements of which the sum is at least 100.
        let holds: ([Int]) -> Bool = { $0.count % 2 == 0 && $0.reduce(0, +) >= 100 }
        let (result, _) = try minimise(Array(0..<40), holds)
        #expect(holds(result))
        for index in result.indices {
            var less = result
            less.remove(at: index)
            #expect(!holds(less))
        }
    }

    @Test(arguments: [RunPool.Mode.workers(1), .workers(2)])
    func `a failing run is shrunk to the one choice that matters, at its lowest value`(_ mode: RunPool.Mode) throws {
        let scenario = Ordering(twist: .failsOnChoice, faults: .swarm)
        let found = try Explorer.explore(scenario, budget: .seeds(1...100), mode: mode)
        let failure = try #require(found.failures.first)
        let shrunk = try Shrinker(scenario, mode: mode).shrink(failure.tape, showing: failure.verdict)
        #expect(shrunk.tape.choices == [Choice(.workload, "culprit", index: 0, arity: 8, value: 3)], "\(shrunk.tape.choices)")
        #expect(shrunk.confirmed == 3 && shrunk.isMinimal && shrunk.tape.oracle == "tests: nothing is wrong")
        #expect(Simulator.replay(shrunk.tape, of: scenario).digest == shrunk.report.digest)
    }

    @Test func `a trap can be shrunk, although the run's process is gone`() throws {
        let scenario = Ordering(twist: .traps, faults: .swarm)
        let found = try Explorer.explore(scenario, budget: .seeds(1...3))
        let failure = try #require(found.failures.first)
        #expect(!failure.tape.choices.isEmpty)
        let shrunk = try Shrinker(scenario).shrink(failure.tape, showing: failure.verdict)
        #expect(shrunk.tape.choices.isEmpty && shrunk.confirmed == 3)
    }

    @Test(arguments: [RunPool.Mode.workers(1), .inProcess])
    func `whoever does not wait for the first replay is not told that the run is not deterministic`(_ mode: RunPool.Mode) throws {
        let report = Simulator.run(Ordering(twist: .throwsUp), seed: 1)
        var shrinker = Shrinker(Ordering(twist: .throwsUp), mode: mode)
        shrinker.isCancelled = { true }
        #expect(throws: CancellationError.self) { try shrinker.shrink(report.tape, showing: report.verdict) }
    }

    @Test func `shrinking that is cancelled keeps what it has, and does not call it minimal`() throws {
        let scenario = Ordering(twist: .failsOnChoice, faults: .swarm)
        let failure = try #require(try Explorer.explore(scenario, budget: .seeds(1...100), mode: .inProcess).failures.first)
        var shrinker = Shrinker(scenario, mode: .inProcess)
        var steps = 0
        shrinker.onProgress = { _ in steps += 1 }
        shrinker.isCancelled = { steps > 1 }
        let shrunk = try shrinker.shrink(failure.tape, showing: failure.verdict)
        #expect(!shrunk.isMinimal && shrunk.after.total < shrunk.before.total && shrunk.confirmed == 3)
    }

    @Test func `a tape that passes cannot be shrunk`() throws {
        let report = Simulator.run(Ordering(), seed: 1)
        #expect(throws: ShrinkError.self) { try Shrinker(Ordering(), mode: .inProcess).shrink(report.tape, showing: .stalled("")) }
    }
}
