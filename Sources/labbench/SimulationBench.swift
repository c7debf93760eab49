import Foundation
import Lab
import Runtime
import Simulation

/// How fast the simulated world is, and what a port point costs in the real one.
enum SimulationBench {
    /// Whole runs of a scenario, boot and oracles included, one after the other on one core.
    /// - Returns: the runs, and how much virtual time passed in a second of real time.
    /// - Throws: ``Failed`` when a run does not pass.
    static func runs(_ scenario: any SimulationScenario, for length: Double) throws -> (runs: Sample, speedUp: Double) {
        let begin = seconds()
        var count = 0
        var virtual = 0.0
        while seconds() - begin < length {
            count += 1
            let report = Simulator.run(scenario, seed: UInt64(count))
            guard report.verdict.isPassed else { throw Failed(scenario: report.scenario, seed: report.seed, verdict: "\(report.verdict)") }
            virtual += report.virtualSeconds
        }
        let took = seconds() - begin
        return (Sample(count: count, seconds: took), virtual / took)
    }

    /// The same scenario with nobody looking.
    static func unjudgedRuns(_ scenario: any SimulationScenario, for length: Double) throws -> Sample {
        try runs(Unjudged(base: scenario), for: length).runs
    }

    /// Nanoseconds that a port point takes where nobody listens.
    static func portPoint() throws -> Double {
        let world = World.live(instance: "bench")
        defer { world.shutDown() }
        let count = 20_000_000
        let begin = seconds()
        for _ in 0..<count { try reach(world) }
        return (seconds() - begin) * 1e9 / Double(count)
    }

    /// Not inlined, or the loop would be left out.
    @inline(never) private static func reach(_ world: World) throws { try world.point(.storeAfter) }

    /// Failing runs of a system that publishes from memory, under all faults, made small: choices left, and seconds it took. Each is replayed three times.
    static func shrinks(_ count: Int) throws -> [(choices: Double, seconds: Double)] {
        let scenario = ChaosWithoutOutbox()
        var results = [(choices: Double, seconds: Double)]()
        for seed in UInt64(1)...1000 where results.count < count {
            let report = Simulator.run(scenario, seed: seed)
            if report.verdict.isPassed { continue }
            let shrunk = try Shrinker(scenario, mode: .inProcess).shrink(report.tape, showing: report.verdict)
            guard shrunk.confirmed == ShrunkTape.replays else {
                throw Failed(scenario: report.scenario, seed: seed, verdict: "its shrunk tape does not always fail")
            }
            results.append((Double(shrunk.tape.choices.count), shrunk.seconds))
        }
        return results
    }

    /// Seconds that a sweep over every crash point of the checkout takes, as `labctl sweep` does it on all cores.
    static func sweep() throws -> Double {
        let begin = seconds()
        let sweep = try ChildProcess(
            ChildProcess.sibling("labctl"), ["sweep", "--scenario", "checkout", "--json"], captureOutput: true)
        let lines = sweep.finish().split(separator: "\n")
        guard !lines.isEmpty, lines.allSatisfy({ $0.contains("\"verdict\":\"passed\"") }) else {
            throw Failed(scenario: "checkout", seed: 1, verdict: "the sweep has failed")
        }
        return seconds() - begin
    }

    struct Failed: Error, CustomStringConvertible {
        let scenario: String
        let seed: UInt64
        let verdict: String
        var description: String { "\(scenario), seed \(seed): \(verdict)" }
    }

    private struct Unjudged: SimulationScenario {
        static let name = "unjudged"
        let base: any SimulationScenario
        var topology: Topology { get throws { try base.topology } }
        var faults: FaultProfile { base.faults }
        var oracles: [any Oracle] { [] }
        var limits: SimulationLimits { base.limits }
        func workload(_ lab: SimulatedLab) async throws { try await base.workload(lab) }
    }

    private struct ChaosWithoutOutbox: SimulationScenario {
        static let name = "chaos without an outbox"
        var topology: Topology { get throws { try CheckoutChaos().topology } }
        var faults: FaultProfile { CheckoutChaos().faults }
        var oracles: [any Oracle] { CheckoutWithoutOutbox().oracles }
        func workload(_ lab: SimulatedLab) async throws {
            CheckoutWithoutOutbox.losesOutboxes(lab)
            try await CheckoutChaos().workload(lab)
        }
    }
}
