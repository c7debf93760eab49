import LabTesting
import Testing

/// The mechanisms that services stand on, each under the faults that it is there for.
@Suite struct ScenarioServiceTests {
    /// Where sagas move and where their commits are.
    @Test(arguments: ["saga.step", "store.commit", "timer.wake", "bus.ack"]) func `a saga survives every single crash of its coordinator`(
        _ point: String
    ) {
        let scenario = CheckoutHappy()
        for index in crashes(of: "orders", at: point, in: scenario) {
            let report = replay(scenario, crash: "orders/\(point)", index: index)
            #expect(report.verdict == .passed, "orders at \(point), time \(index + 1): \(report.verdict.detail)")
            #expect(report.faults["service.crash"] == 1)
        }
    }

    /// Stock is reserved, the card is declined, the stock is given back.
    struct Declined: SimulationScenario {
        static let name = "tests.declined"
        var topology: Topology { .marketplace.withoutAccounts }
        var oracles: [any Oracle] {
            .marketplace + [
                Check("the order is rejected and holds nothing") { view in
                    let status = try view.texts("orders", "SELECT status FROM orders_order")
                    try view.expect(["rejected", "compensated"].contains(status.first ?? ""), "one rejected order", "\(status)")
                    try view.expect(try view.number("catalog", "SELECT sum(reserved) FROM products_inventory") == 0, "nothing reserved")
                }
            ]
        }
        func workload(_ lab: SimulatedLab) async throws {
            let ana = lab.person("ana")
            let user = try await ana.register("ana@example.com")
            let book = try await ana.createProduct("book", onHand: 3)
            _ = try await ana.placeOrder(
                by: user.id, [PlaceOrderLine(product_id: book.id, quantity: 2)], card: MarketplaceClient.Card.declined, key: "first")
        }
    }

    @Test(arguments: ["saga.step", "store.after"]) func `a saga that is undone survives every single crash of its coordinator`(
        _ point: String
    ) {
        let scenario = Declined()
        for index in crashes(of: "orders", at: point, in: scenario) {
            let report = replay(scenario, crash: "orders/\(point)", index: index)
            #expect(report.verdict == .passed, "orders at \(point), time \(index + 1): \(report.verdict.detail)")
        }
    }

    @Test(arguments: ["catalog", "payments"]) func `a participant survives every single crash around its commits`(_ service: String) {
        let scenario = CheckoutHappy()
        for point in ["store.commit", "store.after"] {
            for index in crashes(of: service, at: point, in: scenario) {
                let report = replay(scenario, crash: "\(service)/\(point)", index: index)
                #expect(report.verdict == .passed, "\(service) at \(point), time \(index + 1): \(report.verdict.detail)")
            }
        }
    }

    @Test(arguments: ["relay.publish", "relay.published"]) func `a relay that ends around a publication publishes each message once`(
        _ point: String
    ) {
        let scenario = CheckoutHappy()
        for service in ["users", "catalog", "orders", "payments", "notifications"] {
            for index in crashes(of: service, at: point, in: scenario) {
                let report = replay(scenario, crash: "\(service)/\(point)", index: index)
                #expect(report.verdict == .passed, "\(service) at \(point), time \(index + 1): \(report.verdict.detail)")
            }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func `consumers that get everything twice and out of order have each effect once`(
        _ seed: UInt64
    ) {
        let faults = FaultProfile([
            .busDuplicated: FaultProfile.Bound(rate: 0.5, max: 200), .busReordered: FaultProfile.Bound(rate: 0.5, max: 200),
            .busAckLost: FaultProfile.Bound(rate: 0.1, max: 20), .busStorm: FaultProfile.Bound(rate: 0.1, max: 10),
        ])
        let report = Simulator.run(CheckoutChaos(faults: faults), seed: seed)
        #expect(report.verdict == .passed, "seed \(seed): \(report.verdict.detail)")
    }
}
