import CatalogAPI
import Contracts
import Lab
import OrdersAPI
import Runtime
import UsersAPI

/// Several customers at once: orders of one to four lines, short stock, cards that decline or answer late, cancellations, requests sent
/// twice; and everything that can go wrong.
public struct CheckoutChaos: SimulationScenario {
    public static let name = "checkout.chaos"
    public static let summary = "customers, cancellations, declined cards, short stock, every fault"

    public let faults: FaultProfile

    public init(faults: FaultProfile = .swarm) { self.faults = faults }

    public var topology: Topology { .marketplace.withoutAccounts }
    public var oracles: [any Oracle] { .marketplace }

    public func workload(_ lab: SimulatedLab) async throws {
        let shop = lab.person("shop")
        var products = [Int64]()
        for number in 0...lab.choose("products", below: 3) {
            let onHand = 2 + lab.choose("products/\(number)/on_hand", below: 5)
            let product = try await shop.client.attempt {
                try await shop.createProduct("product-\(number)", price: "\(number + 1)9.90", onHand: onHand).id
            }
            if let product { products.append(product) }
        }
        guard !products.isEmpty else { return }
        let shelf = products
        var customers = [Task<Void, any Error>]()
        for number in 0...lab.choose("customers", below: 4) {
            let customer = Customer(lab: lab, name: "customer-\(number)", shelf: shelf)
            customers.append(
                customer.person.client.world.spawn(customer.name) {
                    _ = try await customer.person.client.attempt { try await customer.shop() }
                })
        }
        for customer in customers { try await customer.value }
    }
}

/// One customer's errands; every decision is a choice on the tape.
private struct Customer: Sendable {
    let lab: SimulatedLab
    let name: String
    let shelf: [Int64]
    let person: MarketplaceClient

    init(lab: SimulatedLab, name: String, shelf: [Int64]) {
        self.lab = lab
        self.name = name
        self.shelf = shelf
        person = lab.person(name)
    }

    private static let cards = [
        MarketplaceClient.Card.approved, MarketplaceClient.Card.declined, MarketplaceClient.Card.insufficientFunds,
        MarketplaceClient.Card.slow, MarketplaceClient.Card.toldTwice,
    ]

    private func choose(_ what: String, below arity: Int) -> Int { lab.choose("\(name)/\(what)", below: arity) }

    func shop() async throws {
        let user = try await person.register("\(name)@example.com", fullName: name)
        for number in 0...choose("orders", below: 3) {
            try await pause()
            try await order(number, by: user.id)
        }
    }

    private func order(_ number: Int, by user: Int64) async throws {
        var lines = [PlaceOrderLine]()
        for _ in 0...choose("lines", below: 4) {
            lines.append(
                PlaceOrderLine(product_id: shelf[choose("product", below: shelf.count)], quantity: 1 + choose("quantity", below: 3)))
        }
        let card = Self.cards[choose("card", below: Self.cards.count)]
        let key = "\(name)/\(number)"
        let order = try await person.placeOrder(by: user, lines, card: card, key: key)
        if choose("again", below: 3) > 0 { _ = try await person.placeOrder(by: user, lines, card: card, key: key) }
        guard choose("cancels", below: 3) > 0 else { return }
        try await pause()
        do {
            try await person.cancelOrder(order.id, reason: "changed my mind")
        } catch let problem as Problem where problem.code == "order_not_cancellable" {
            return  // it was decided before: as good an answer as the other
        }
    }

    private func pause() async throws {
        let pause = [Duration.zero, .milliseconds(1), .milliseconds(20), .milliseconds(500), .seconds(40)][choose("pause", below: 5)]
        if pause > .zero { try await person.client.world.sleep(for: pause) }
    }
}
