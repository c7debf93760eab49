import Contracts
import Foundation
import Lab
import Runtime
import ServiceKit
import Simulation
import Testing

/// One run: its phases, its faults, its record.
@Suite struct RunTests {
    /// A client that asks for the list of products.
    struct Browsing: SimulationScenario {
        static let name = "browsing"
        var topology: Topology { get throws { try TopologyLibrary.standard().topology("marketplace") } }
        var faults = FaultProfile.none
        var oracles: [any Oracle] { [] }
        func workload(_ lab: SimulatedLab) async throws {
            let reply = await lab.call(.get, "/api/v1/products")
            guard reply.status == 200 else { throw Refused(status: reply.status) }
        }
        struct Refused: Error { let status: Int }
    }

    @Test func `a lab starts, answers, settles and stops in a simulated world`() {
        let report = Simulator.run(Browsing(), seed: 1, strategy: .fifo)
        #expect(report.verdict == .passed)
        #expect(report.points.contains { $0.instance == "gateway" && $0.point == "rpc.send" })
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `one seed is one history`(_ seed: UInt64) {
        let one = Simulator.run(Browsing(), seed: seed)
        let other = Simulator.run(Browsing(), seed: seed)
        #expect(one.digest == other.digest && one.tape == other.tape, "seed \(seed)")
    }
}
