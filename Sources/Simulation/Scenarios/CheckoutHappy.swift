import CatalogAPI
import Lab
import OrdersAPI
import Runtime
import UsersAPI

/// One customer, two products, one order that is confirmed: the shortest way through every service, for sweeps over crash points.
public struct CheckoutHappy: SimulationScenario {
    public static let name = "checkout"
    public static let summary = "one order of two lines, paid and shipped"

    public init() {}

    public var topology: Topology { .marketplace.withoutAccounts }
    public var oracles: [any Oracle] { .marketplace }

    public func workload(_ lab: SimulatedLab) async throws {
        let ana = lab.person("ana")
        let user = try await ana.register("ana@example.com", fullName: "Ana Ruiz")
        let book = try await ana.createProduct("book", price: "19.90", onHand: 3)
        let lamp = try await ana.createProduct("lamp", price: "49.00", onHand: 2)
        _ = try await ana.placeOrder(
            by: user.id, [PlaceOrderLine(product_id: book.id, quantity: 2), PlaceOrderLine(product_id: lamp.id, quantity: 1)], key: "first")
    }
}
