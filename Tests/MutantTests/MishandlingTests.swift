import Foundation
import LabTesting
import Runtime
import Testing

/// Each kind of fault matters: a mistake in handling it turns an oracle red, and neither the fault nor the mistake does so alone.
@Suite struct MishandlingTests {
    /// Seeds whose swarm has the kind on, a third of all.
    private static func seeds(_ kind: FaultKind) -> [UInt64] {
        Array((1...400 as ClosedRange<UInt64>).lazy.filter { SeedChoices(seed: $0).rate(of: kind, 1) > 0 }.prefix(40))
    }

    @Test func `every kind of fault has one, and docs-faults names the oracle that sees it`() throws {
        #expect(Mishandling.all.map(\.fault) == FaultKind.allCases)
        let document = try String(contentsOf: Project.root.appendingPathComponent("docs/faults.md"), encoding: .utf8)
        for one in Mishandling.all {
            let row = try #require(
                document.split(separator: "\n").first { $0.hasPrefix("| `\(one.fault.rawValue)` |") }, "docs/faults.md has no row")
            let names = row.split(separator: "|").last.map(String.init) ?? ""
            #expect(
                names.drop { $0 == " " || $0 == "*" }.hasPrefix(one.seenBy), "\(one.fault.rawValue): \(names) begins without \(one.seenBy)")
        }
    }

    @Test(arguments: Mishandling.all) func `an oracle sees that a fault is mishandled`(_ one: Mishandling) throws {
        var seen = [String]()
        for seed in Self.seeds(one.fault) {
            let mistaken = one.run(seed)
            guard !mistaken.verdict.isPassed else { continue }
            seen.append("\(seed): \(mistaken.verdict.kind)")
            guard mistaken.verdict.kind == one.seenBy else { continue }
            guard one.replay(without: one.fault, mistaken.tape).verdict.isPassed else { continue }
            let sound = Simulator.run(one.ground.scenario(faults: one.profile), seed: seed).verdict
            #expect(sound.isPassed, "seed \(seed) fails without the mistake: \(sound)")
            return
        }
        Issue.record("no seed shows it alone; red were \(seen.isEmpty ? "none" : seen.joined(separator: ", "))")
    }
}

extension Mishandling {
    /// A run with the mistake.
    fileprivate func run(_ seed: UInt64) -> RunReport {
        making { Simulator.run($0(profile), seed: seed) }
    }

    /// The same run with the mistake and without one kind of fault.
    fileprivate func replay(without kind: FaultKind, _ tape: Tape) -> RunReport {
        var tape = tape
        tape.choices.removeAll { $0.domain == .fault && $0.entity.hasPrefix("\(kind.rawValue)/") }
        return making { Simulator.replay(tape, of: $0(.none)) }
    }

    private func making(_ body: ((FaultProfile) -> any SimulationScenario) -> RunReport) -> RunReport {
        switch mistake {
        case .bug(let name): SeededBug.planting(name) { body(ground.scenario(faults:)) }
        case .relaxedPersistence: body { Relaxed(base: OrderEvents(faults: $0)) }
        }
    }
}

/// The same where commits are answered before they are synced.
private struct Relaxed: SimulationScenario {
    static let name = OrderEvents.name
    let base: OrderEvents
    var topology: Topology {
        var topology = base.topology
        topology.broker.persistence = .relaxed
        return topology
    }
    var faults: FaultProfile { base.faults }
    var oracles: [any Oracle] { base.oracles }
    func workload(_ lab: SimulatedLab) async throws { try await base.workload(lab) }
}
