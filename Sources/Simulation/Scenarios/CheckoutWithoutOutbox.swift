import Foundation
import GRDB
import Lab
import OrdersAPI
import Runtime

/// The checkout with its outbox switched off: shows what the outbox is for.
///
/// Without it a service publishes after its commit, from memory. That is what happens here: when an instance ends, the messages that it has
/// committed and not published are gone with it. The services are the same; the rows are taken away between the end of an instance and
/// its next start, in simulated runs only. A sweep turns the points between commit and publication red, and no others.
public struct CheckoutWithoutOutbox: SimulationScenario {
    public static let name = "checkout.no-outbox"
    public static let summary = "the checkout, publishing from memory: what an outbox prevents (passes in sim; a sweep is meant to fail)"

    public init() {}

    public var topology: Topology { .marketplace.withoutAccounts }
    public var oracles: [any Oracle] { [.noOrderLost, .noMessageLost] }

    public func workload(_ lab: SimulatedLab) async throws {
        Self.losesOutboxes(lab)
        try await CheckoutHappy().workload(lab)
    }

    /// From here on, what an instance has not published when it ends is gone.
    public static func losesOutboxes(_ lab: SimulatedLab) {
        lab.onInstanceEnd = { _, file in
            try DatabaseQueue(path: file.path).write { try $0.execute(sql: "DELETE FROM outbox") }
        }
    }
}
