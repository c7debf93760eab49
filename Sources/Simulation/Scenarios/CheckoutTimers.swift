import CatalogAPI
import GRDB
import Lab
import OrdersAPI
import Runtime
import UsersAPI

/// Sagas that wait for long: payments is away beyond the checkout's time-out, then a participant leaves for hours in the middle of a checkout,
/// beyond the life of a reservation.
///
/// Orders whose payment is not answered are undone; an order past its pivot waits as long as it takes. Hours of virtual time are
/// milliseconds of real time: the clock jumps from timer to timer.
public struct CheckoutTimers: SimulationScenario {
    public static let name = "checkout.timers"
    public static let summary = "payments and catalog away for longer than anybody waits"

    public let faults: FaultProfile

    public init(faults: FaultProfile = .none) { self.faults = faults }

    public var topology: Topology { .marketplace.withoutAccounts }
    public var oracles: [any Oracle] {
        [any Oracle].marketplace.map { $0 is SagasTerminate ? SagasTerminate(within: .hours(5)) : $0 } + [.stepsTimeOut]
    }

    public func workload(_ lab: SimulatedLab) async throws {
        let ana = lab.person("ana")
        let user = try await ana.register("ana@example.com", fullName: "Ana Ruiz")
        let book = try await ana.createProduct("book", price: "19.90", onHand: 20)
        func order(_ key: String) async throws -> OrderView {
            try await ana.placeOrder(by: user.id, [PlaceOrderLine(product_id: book.id, quantity: 1)], key: key)
        }
        lab.faults.pause("payments", for: .minutes(2 + Int64(lab.choose("payments/away", below: 4))))
        // The saga's timer is set when it begins; a step that begins later times out later.
        lab.faults.pause("catalog", for: .seconds(2 * Int64(lab.choose("catalog/late", below: 4))))
        let late = try await order("payments away")
        lab.journal.record("times out", String(late.id))
        try await lab.advance(by: .minutes(10))
        _ = try await order("everybody there")
        try await lab.advance(by: .minutes(1))
        let leaver = ["catalog", "payments"][lab.choose("leaver", below: 2)]
        let who = ["orders", leaver][lab.choose("leaver/follows", below: 2)]
        let moment = [Point.storeAfter, .relayPublished][lab.choose("leaver/moment", below: 2)]
        lab.faults.pause(leaver, at: moment, of: who, time: 1 + lab.choose("leaver/time", below: 4), for: .hours(4))
        _ = try await order("somebody leaves")
        try await lab.advance(by: .hours(5))
        _ = try await order("after all")
    }
}

extension Oracle where Self == Check {
    /// Orders that the workload says nobody answers in time have waited no longer than their steps allow.
    static var stepsTimeOut: Check {
        Check("steps time out") { view in
            for promise in view.journal.promises("times out") {
                let sql = "SELECT count(*) FROM saga_log WHERE saga_id = ? AND event = 'timed out'"
                let times = try view.number("orders", sql, [promise.id])
                try view.expect(
                    times > 0, "order \(promise.id) is given up: payments is away for minutes", "none of its steps has timed out")
            }
        }
    }
}
