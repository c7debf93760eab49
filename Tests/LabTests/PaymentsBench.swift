import Foundation
import GRDB
import Messaging
import PaymentsAPI
import Reliability
import Runtime
import Storage
import Testing

@testable import PaymentsService

/// The payments' side of checkouts in a simulated world. Order `1` pays with key `order-1`.
struct PaymentsBench: Sendable {
    let rig: CatalogStoreRig
    private let participant = PaymentParticipant(
        payments: CardPayments(processor: SimulatedCardProcessor(world: .live(instance: "payments"), retryAfter: processorRetry)))
    /// How long the processor does not answer about a card that is told so.
    static let processorRetry = Duration.milliseconds(1)

    static func run(seed: UInt64 = 1, _ body: @escaping @Sendable (PaymentsBench) async throws -> Void) throws {
        try CatalogStoreRig.run(PaymentsService.declaration, seed: seed) { try await body(PaymentsBench(rig: $0)) }
    }

    private init(rig: CatalogStoreRig) { self.rig = rig }

    /// Types of the answers.
    func authorize(_ order: String, amount: Int64 = 9990, currency: String = "USD", card: String? = nil) async throws -> [String] {
        let command = AuthorizePayment(
            payment_key: "order-\(order)", order_id: order, user_id: "u1", amount_minor: amount, currency: currency, card: card)
        return try await answers { tx in try participant.authorize(command, answering: CatalogStoreRig.command(of: order), in: tx) }
    }

    func capture(_ order: String) async throws -> [String] {
        let command = CapturePayment(payment_key: "order-\(order)", order_id: order)
        return try await answers { tx in try participant.capture(command, answering: CatalogStoreRig.command(of: order), in: tx) }
    }

    func void(_ order: String) async throws -> [String] {
        let command = VoidPayment(payment_key: "order-\(order)", order_id: order, reason: "cancelled")
        return try await answers { tx in try participant.void(command, answering: CatalogStoreRig.command(of: order), in: tx) }
    }

    func refund(_ order: String, key: String, _ amount: Int64?) async throws -> [String] {
        let command = RefundPayment(
            payment_key: "order-\(order)", order_id: order, refund_key: key, amount_minor: amount, reason: "returned")
        return try await answers { tx in try participant.refund(command, answering: CatalogStoreRig.command(of: order), in: tx) }
    }

    private func answers(_ body: @escaping @Sendable (StoreTransaction) throws -> Void) async throws -> [String] {
        try await rig.published(on: .sagaReplies) { try await rig.write(body) }
    }

    /// Lets commands pass that cannot have been meant, and those of a processor that does not answer.
    func tolerating(_ body: () async throws -> Void) async throws {
        do { try await body() } catch is PermanentFailure {} catch is RetryLater {}
    }

    func payment(_ order: String) throws -> PaymentRecord {
        try #require(try rig.store.read { db in try PaymentTable.find(key: "order-\(order)", in: db) })
    }

    func report() throws -> LedgerReport { try rig.store.read(LedgerCheck.run) }

    func balances() throws -> [String] {
        try rig.store.read(LedgerReading.accounts).items.map { "\($0.code) \($0.currency) \($0.balance)" }
    }

    /// Types of all events so far.
    func events() throws -> [String] {
        try rig.rows("SELECT type FROM outbox WHERE topic = '\(PaymentsAPI.events.name)' ORDER BY id").map { $0[0] }
    }

    /// Minor units collected less those paid back, by currency, as the events tell it.
    func netOfEvents() throws -> [String: Int64] {
        var net = [String: Int64]()
        let rows = try rig.store.read { db in
            try Row.fetchAll(
                db, sql: "SELECT type, payload FROM outbox WHERE type IN (?, ?)",
                arguments: [PaymentsAPI.captured.name, PaymentsAPI.refunded.name])
        }
        for row in rows {
            let event = try PayloadCoding.decode(PaymentEvent.self, from: row[1])
            net[event.currency, default: 0] += row[0] == PaymentsAPI.captured.name ? event.amount_minor : -event.amount_minor
        }
        return net
    }
}
