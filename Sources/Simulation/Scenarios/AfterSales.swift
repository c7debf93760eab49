import CatalogAPI
import Contracts
import GRDB
import Lab
import OrdersAPI
import PaymentsAPI
import Runtime
import UsersAPI

/// What follows a sale: shipments, refunds in parts and twice under one key, customers who move, several people who restock the same shelf.
public struct AfterSales: SimulationScenario {
    public static let name = "after-sales"
    public static let summary = "shipments, refunds, restocking, customers who move; every fault"

    public let faults: FaultProfile

    public init(faults: FaultProfile = .swarm) { self.faults = faults }

    public var topology: Topology { .marketplace.withoutAccounts }

    public var oracles: [any Oracle] {
        // Money comes back here, so what was collected is compared without it.
        [any Oracle].marketplace.filter { !($0 is MoneyConserved) } + [
            MoneyConserved(
                due: MoneyConserved.Books(
                    "orders", "SELECT CAST(id AS TEXT), total_minor FROM orders_order WHERE status IN ('confirmed', 'shipped', 'delivered')"
                ),
                collected: MoneyConserved.Books(
                    "payments", "SELECT order_id, sum(captured_minor) FROM payments_payment WHERE captured_minor > 0 GROUP BY order_id")),
            OneEffectPerKey("refund", in: "payments", "SELECT count(*) FROM payments_refund"), .refundsAddUp,
        ]
    }

    public func workload(_ lab: SimulatedLab) async throws {
        let shop = lab.person("shop")
        let product = try await shop.client.attempt { try await shop.createProduct("lamp", price: "20.00", onHand: 3).id }
        guard let product else { return }
        var people = [Task<Void, any Error>]()
        for number in 0...lab.choose("clerks", below: 3) {
            let clerk = lab.person("clerk-\(number)").client
            people.append(clerk.world.spawn("clerk") { try await Self.restock(product, clerk, "clerk-\(number)") })
        }
        for number in 0...lab.choose("customers", below: 2) {
            let customer = lab.person("customer-\(number)")
            people.append(
                customer.client.world.spawn("customer") {
                    _ = try await customer.client.attempt { try await Self.buy(product, customer, "customer-\(number)") }
                })
        }
        for person in people { try await person.value }
    }

    private static func restock(_ product: Int64, _ clerk: Client, _ name: String) async throws {
        for number in 0...clerk.lab.choose("\(name)/deliveries", below: 3) {
            let delivery = AdjustInventory(delta: 1 + number, reason: "received")
            _ = try await clerk.attempt {
                try await clerk.send(.post, "/api/v1/products/\(product)/inventory/adjustments", delivery, key: "\(name)/\(number)")
                    as InventoryView
            }
        }
    }

    private static func buy(_ product: Int64, _ customer: MarketplaceClient, _ name: String) async throws {
        let (client, lab) = (customer.client, customer.client.lab)
        let user = try await customer.register("\(name)@example.com", fullName: name)
        let order = try await customer.placeOrder(by: user.id, [PlaceOrderLine(product_id: product, quantity: 1)], key: name)
        for move in 0..<lab.choose("\(name)/moves", below: 3) {
            _ = try await client.send(.patch, "/api/v1/users/\(user.id)", PatchUser(email: "\(name)-\(move)@example.com")) as UserView
        }
        guard try await isConfirmed(order.id, customer) else { return }
        let refunds = [[], ["20.00"], ["10.00"], ["10.00", "10.00"], ["10.00", "10.00", "10.00"]][lab.choose("\(name)/refunds", below: 5)]
        if !refunds.isEmpty { try await refund(order.id, refunds, client, name) }
        guard lab.choose("\(name)/ships", below: 2) > 0 else { return }
        for step in ["shipped", "delivered"] {
            do {
                _ = try await client.send(.post, "/api/v1/orders/\(order.id)/shipments/1/\(step)", MarkShipped()) as ShipmentView
            } catch let problem as Problem where problem.status == 409 {
                continue  // the answer to the first try was lost: it has been done
            }
        }
    }

    /// The checkout has ended well: the payment is captured, and the shipment, which comes last, exists.
    private static func isConfirmed(_ order: Int64, _ customer: MarketplaceClient) async throws -> Bool {
        for _ in 0..<60 {
            let view = try await customer.order(order)
            if view.status.hasFailed { return false }
            if view.status == .confirmed {
                let shipments: Page<ShipmentView> = try await customer.client.get("/api/v1/orders/\(order)/shipments")
                if !shipments.items.isEmpty { return true }
            }
            try await customer.client.world.sleep(for: .seconds(2))
        }
        return false
    }

    /// Each part twice, as somebody does who is not sure. More than was paid is refused.
    private static func refund(_ order: Int64, _ parts: [String], _ client: Client, _ name: String) async throws {
        let page: Page<PaymentView> = try await client.get("/api/v1/payments?order_id=\(order)")
        guard let payment = page.items.first else { return }
        for (number, amount) in parts.enumerated() {
            let key = "\(name)/refund-\(number)"
            client.lab.journal.record("refund asked", key)
            for _ in 0..<2 {
                do {
                    let body = RefundRequest(amount: amount, reason: "not liked", refund_key: key)
                    _ = try await client.send(.post, "/api/v1/payments/\(payment.id)/refunds", body) as PaymentView
                } catch let problem as Problem where problem.status == 409 {
                    break
                }
            }
        }
    }
}

extension Oracle where Self == Check {
    /// A payment is paid back as its refunds say, and never more of it than was collected.
    static var refundsAddUp: Check {
        Check("refunds add up") { view in
            let sql = """
                SELECT id, captured_minor, refunded_minor, (SELECT coalesce(sum(amount_minor), 0) FROM payments_refund WHERE payment_id = id)
                FROM payments_payment
                """
            for row in try view.rows("payments", sql) {
                let (id, captured, refunded, rows) = (row[0] as Int64, row[1] as Int64, row[2] as Int64, row[3] as Int64)
                try view.expect(rows <= captured, "at most the \(captured) collected for payment \(id) are paid back", "\(rows) were")
                try view.expect(rows == refunded, "payment \(id) says what was paid back: \(rows)", "it says \(refunded)")
            }
        }
    }
}
