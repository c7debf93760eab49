import CatalogAPI
import Lab
import OrdersAPI
import Runtime
import UsersAPI

/// Sagas that wait for long: payments is away beyond the checkout's time-out, then catalog beyond the life of a reservation, for hours.
///
/// Orders whose payment is not answered are undone; an order past its pivot waits as long as it takes. Hours of virtual time are
/// milliseconds of real time: the clock jumps from timer to timer.
public struct CheckoutTimers: SimulationScenario {
    public static let name = "checkout.timers"
    public static let summary = "payments and catalog away for longer than anybody waits"

    public init() {}

    public var topology: Topology { .marketplace.withoutAccounts }
    public var oracles: [any Oracle] {
        [any Oracle].marketplace.map { $0 is SagasTerminate ? SagasTerminate(within: .hours(5)) : $0 }
    }

    public func workload(_ lab: SimulatedLab) async throws {
        let ana = lab.person("ana")
        let user = try await ana.register("ana@example.com", fullName: "Ana Ruiz")
        let book = try await ana.createProduct("book", price: "19.90", onHand: 20)
        func order(_ key: String) async throws {
            _ = try await ana.placeOrder(by: user.id, [PlaceOrderLine(product_id: book.id, quantity: 1)], key: key)
        }
        lab.faults.pause("payments", for: .minutes(2 + Int64(lab.choose("payments/away", below: 4))))
        try await order("payments away")
        try await lab.advance(by: .minutes(10))
        try await order("everybody there")
        try await lab.advance(by: .milliseconds(Int64(lab.choose("catalog/leaves", below: 8)) * 2))
        lab.faults.pause("catalog", for: .hours(4))
        try await lab.advance(by: .hours(5))
        try await order("after all")
    }
}
