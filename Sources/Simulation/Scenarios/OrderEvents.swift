import Contracts
import Lab
import OrdersAPI
import Runtime

/// The small topology: orders of named items on one event topic, read by notifications and analytics.
public struct OrderEvents: SimulationScenario {
    public static let name = "order-events"
    public static let summary = "orders published on one topic, consumed by notifications and analytics"

    public let faults: FaultProfile

    public init(faults: FaultProfile = .none) { self.faults = faults }

    public var topology: Topology { .orderEvents }
    public var oracles: [any Oracle] {
        [any Oracle].anyLab + [
            .effectsOnce, .noOrderLost, .oneOrderPerKey, .projectionEqualsReplay, .figuresEqualLog, .notificationsEqualLog, .nobodyGivesUp,
            .restartEquivalence,
        ]
    }

    public func workload(_ lab: SimulatedLab) async throws {
        var customers = [Task<Void, any Error>]()
        for number in 0...lab.choose("customers", below: 3) {
            let client = Client(lab, named: "customer-\(number)")
            customers.append(
                client.world.spawn("customer") {
                    for order in 0...lab.choose("customer-\(number)/orders", below: 3) {
                        let body = PlaceOrder(
                            user_id: UserReference(principal: "u\(number)"), item: "book", amount: .count(Int64(1 + order)))
                        let key = "\(number)/\(order)"
                        lab.journal.record("order asked", key)
                        let placed = try await client.attempt { try await client.send(.post, "/orders", body, key: key) as OrderView }
                        guard let placed else { continue }
                        lab.journal.record("order", String(placed.id), ["key": key])
                    }
                })
        }
        for customer in customers { try await customer.value }
    }
}
