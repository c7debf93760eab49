import Contracts
import Lab
import Runtime
import ServiceKit
import Simulation
import Testing

/// Instances and the whole process end, and are back.
@Suite struct SupervisionTests {
    struct Body: SimulationScenario {
        static let name = "supervision"
        let body: @Sendable (SimulatedLab) async throws -> Void
        var topology: Topology { get throws { try CheckoutHappy().topology } }
        var oracles: [any Oracle] { [] }
        func workload(_ lab: SimulatedLab) async throws { try await body(lab) }
    }

    private func run(_ body: @escaping @Sendable (SimulatedLab) async throws -> Void) {
        let report = Simulator.run(Body(body: body), seed: 5, strategy: .fifo)
        #expect(report.verdict == .passed, "\(report.verdict.detail)")
    }

    @Test func `an instance that has ended is not reached, and runs again after the backoff, from its files`() {
        run { lab in
            try await CheckoutHappy().workload(lab)
            try await lab.settle()
            lab.faults.crash("orders")
            await lab.run.untilIdle(lab.world)
            #expect(await lab.call(.get, "/orders", service: "orders").status == 503)
            try await lab.advance(by: .seconds(1))
            #expect(await lab.call(.get, "/orders", service: "orders").status == 200)
            #expect(try lab.sql("orders", "SELECT count(*) FROM orders_order").rows == [[1]])
        }
    }

    @Test func `after the end of the whole process everything is back, the log included`() {
        run { lab in
            try await CheckoutHappy().workload(lab)
            lab.faults.crashProcess()
            await lab.run.untilIdle(lab.world)
            #expect(await lab.call(.get, "/orders", service: "orders").status == 503)
            try await lab.settle()
            #expect(try lab.sql("orders", "SELECT status FROM orders_order").rows == [["confirmed"]])
        }
    }

    @Test func `a call to an instance that ends meanwhile is answered`() {
        run { lab in
            lab.faults.crash("catalog", at: .storeCommit)
            let reply = await lab.call(
                .post, "/products", body: .init(#"{"sku":"S-1","name":"Lamp","price":"9.90","currency":"USD","on_hand":1}"#.utf8),
                service: "catalog")
            #expect(reply.status == 503)
            try await lab.settle()
            #expect(try lab.sql("catalog", "SELECT count(*) FROM products_product").rows == [[0]])
        }
    }
}
