import Contracts
import Foundation
import Runtime
import ServiceKit
import Testing

@testable import Lab

/// The production services on the seeded scheduler.
@Suite(.serialized) struct LabSimulationTests {
    private func marketplace() throws -> Topology {
        var topology = try TopologyLibrary.standard().topology("marketplace")
        for index in topology.services.indices where topology.services[index].service == "users" {
            topology.services[index].settings["password_cost"] = "10"
        }
        return topology
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `the checkout runs in the simulated world, and every promise holds`(_ seed: UInt64) throws {
        try SimulatedLab.run(try marketplace(), seed: seed) { lab in
            let outcome = try await SampleCheckouts(lab: lab).run()
            #expect(outcome.placed == 12, "seed \(seed)")
            #expect(outcome.byStatus.keys.allSatisfy { ["confirmed", "rejected"].contains($0) }, "seed \(seed): \(outcome.byStatus)")
            let orders = try lab.sql("orders", "SELECT id FROM orders_order").rows.compactMap { $0[0].flatMap { Int64($0) } }
            let accepted = Dictionary(uniqueKeysWithValues: orders.map { ("\($0)", $0) })
            let before: [Int64: Int] = [1: 3, 2: 6, 3: 9, 4: 12]
            let violations = try MarketplaceAudit(directory: lab.platform.directory).violations(accepted: accepted, stockBefore: before)
            #expect(violations.isEmpty, "seed \(seed): \(violations)")
        }
    }

    @Test func `one seed gives an equal history in two processes, another seed another one`() throws {
        func digest(_ seed: UInt64) throws -> String { try LabctlProcess.run("sim-digest", "--seed", "\(seed)", "--json").json("digest") }
        let first = try digest(7)
        #expect(first.count == 16)
        #expect(try digest(7) == first)
        #expect(try digest(8) != first)
    }

    @Test func `a failed service runs again after the backoff, from its files`() throws {
        struct Broken: Error {}
        try SimulatedLab.run(try marketplace(), seed: 5) { lab in
            _ = try await SampleCheckouts(lab: lab, ordersEach: 1).run()
            let orders = try #require(lab.platform.instance(named: "orders"))
            await orders.loopEnded(Broken())
            #expect(orders.state == .failed)
            #expect(await lab.call(.get, "/orders", service: "orders").status == 503)
            try await lab.world.sleep(for: .seconds(1))
            #expect(orders.state == .running)
            #expect(orders.status.restarts == 1 && orders.status.last_failure?.contains("Broken") == true)
            #expect(try lab.sql("orders", "SELECT count(*) FROM orders_order").rows == [["3"]])
        }
    }
}
