// The whole marketplace in a test, on a clock that the test winds. Run it with
//
//     swift test --filter SimulateACheckout
//
// Seven real services, a real log and seven real databases run in this process on one thread. There is no waiting: where a service sleeps,
// the clock jumps. One seed is one history, so what fails once fails every time.
import LabTesting
import OrdersAPI
import Testing

@Suite struct SimulateACheckout {
    /// 1. One test, written down step by step.
    @Test func `a customer buys the last book, the next one goes away empty-handed`() async throws {
        try await withLab(.marketplace.withoutAccounts, seed: 7, oracles: .marketplace) { lab in
            let (ana, ben) = (lab.person("ana"), lab.person("ben"))
            let book = try await lab.client.createProduct("book", price: "19.90", onHand: 1)
            let line = [PlaceOrderLine(product_id: book.id, quantity: 1)]
            let first = try await ana.placeOrder(by: ana.register("ana@example.com").id, line)
            try await lab.settle()  // exact: no message, no timer of a saga, no request is left
            let second = try await ben.placeOrder(by: ben.register("ben@example.com").id, line)
            try await lab.settle()
            #expect(try await ana.order(first.id).status == .confirmed)
            #expect(try await ben.order(second.id).reason?.code == "out_of_stock")
            #expect(try lab.number("payments", "SELECT sum(captured_minor) FROM payments_payment") == 1990)
        }
    }

    /// 2. The same with things that go wrong, on order.
    @Test func `an order outlives the end of its service, a lost message and payments that are away`() async throws {
        try await withLab(.marketplace.withoutAccounts, seed: 7, oracles: .marketplace) { lab in
            let ana = lab.person("ana")
            let user = try await ana.register("ana@example.com")
            let book = try await ana.createProduct("book", price: "19.90", onHand: 5)
            lab.faults.crash("orders", at: .storeAfter)  // committed, but nobody has been told
            lab.faults.pause("payments", for: .seconds(20))
            lab.faults.failNext(.busDropped, of: "catalog")
            let order = try await ana.placeOrder(by: user.id, [PlaceOrderLine(product_id: book.id, quantity: 2)])
            try await lab.settle()
            #expect(try await ana.order(order.id).status == .confirmed)
            #expect(lab.faults.counts[.crash] == 1)
        }
    }

    /// 3. A scenario: what customers do is drawn, what goes wrong is drawn, and what must hold is said once. Every seed is another history.
    @Test func `whatever happens, nothing is lost and everything adds up`() async throws {
        try await expectSimulation(CheckoutChaos(), budget: .seeds(1...20))
    }

    /// 4. And the end of every instance at every point it comes to, one run for each.
    @Test func `a payments service may end anywhere`() async throws {
        let places = Simulator.run(CheckoutHappy(), seed: 1, strategy: .fifo).points.filter { $0.instance == "payments" }
        for place in places {
            for time in 0..<place.reached {
                let crash = Choice(.fault, "service.crash/payments/\(place.point)", index: time, arity: 2, value: 1)
                try await expectReplay(Tape(scenario: CheckoutHappy.name, seed: 1, choices: [crash]))
            }
        }
    }
}
