import Contracts
import Messaging
import PaymentsAPI
import Reliability
import Runtime
import ServiceKit
import Storage

/// Payments: holds, collects and pays back money on cards, and keeps the books.
///
/// Consumes `payment-commands` (the payment side of checkouts) and answers on `saga-replies`; publishes `payment-events`. Calls nobody.
///
/// Settings: `processor_retry` (how soon a processor that did not answer is asked again, 200 ms).
public actor PaymentsService: Microservice {
    public static let declaration = ServiceDeclaration(api: PaymentsAPI.self, migrations: .bundled(.module))

    let world: World
    let store: ServiceStore
    let payments: CardPayments
    private let participant: PaymentParticipant

    public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        let processor = SimulatedCardProcessor(
            world: world, retryAfter: context.settings.duration("processor_retry", default: .milliseconds(200)))
        payments = CardPayments(processor: processor)
        participant = PaymentParticipant(payments: payments)
    }

    public nonisolated func routes(_ routes: inout Routes) {
        routes.on(PaymentsAPI.listPayments) { try await self.listPayments($0) }
        routes.on(PaymentsAPI.payment) { try await self.payment($0) }
        routes.on(PaymentsAPI.authorize) { try await self.authorize($0) }
        routes.on(PaymentsAPI.capture) { try await self.capture($0) }
        routes.on(PaymentsAPI.void) { try await self.void($0) }
        routes.on(PaymentsAPI.refund) { try await self.refund($0) }
        routes.on(PaymentsAPI.entries) { try await self.entries($0) }
        routes.on(PaymentsAPI.ledgerAccounts) { try await self.ledgerAccounts($0) }
        routes.on(PaymentsAPI.ledgerCheck) { try await self.ledgerCheck($0) }
    }

    public nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("payments", topics: [PaymentsAPI.commands]) { participant.install(&$0) }
    }
}
