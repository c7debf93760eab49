import Contracts
import EventSourcing
import GRDB
import OrdersAPI
import Sagas
import ServiceKit
import Storage

/// The checkout from outside: giving up, looking inside, the invoice at its end.
extension OrdersService {
    /// Asks the saga to turn back. The order is cancelled once everything is released, which may be at once.
    func cancel(_ request: Request<CancelOrder>) async throws -> OrderView {
        let id = try orderID(request)
        _ = try head(id, request.principal)
        let reason = CancelReason(text: request.body.reason).sagaReason
        let saga = saga
        return try await request.commit(context.store) { tx in
            let isTurning = try saga.requestCancel(String(id), reason: reason, in: tx)
            guard let order = try OrderTables(db: tx.db).order(id) else { throw Problem.notFound("order", id) }
            // Open and not turned by us: it is being undone already. Cancelled: asking twice changes nothing.
            guard isTurning || order.status.isOpen || order.status == .cancelled else {
                throw Problem.conflict(
                    code: "order_not_cancellable", detail: "Order \(id) is \(order.status.rawValue): it cannot be cancelled any more.")
            }
            return order
        }
    }

    func checkout(_ request: Request<NoBody>) async throws -> CheckoutView {
        let id = try orderID(request)
        _ = try head(id, request.principal)
        guard let instance = try read({ try saga.instance(String(id), in: $0) }) else { throw Problem.notFound("checkout", id) }
        return CheckoutView(instance, orderID: id)
    }

    /// HTML or JSON, by Accept.
    func invoice(_ request: RawRequest) async throws -> RawReply {
        let id = try request.pathID("id")
        _ = try head(id, request.principal)
        guard let invoice = try read({ try OrderTables(db: $0).invoice(of: id) }) else {
            throw Problem.notFound(code: "invoice_not_found", detail: "Order \(id) has no invoice: it has not been confirmed.")
        }
        let isPage = InvoicePage.isPreferred(accept: request.headers["Accept"])
        var reply = isPage ? RawReply.html(InvoicePage(invoice: invoice).html) : try RawReply.json(invoice)
        reply.headers["Vary"] = "Accept"
        return reply
    }

    // MARK: For benches, torture runs and operators

    /// Replays into shadow tables, in a transaction that keeps nothing. The lane does nothing else meanwhile.
    func checkProjections(_ request: Request<NoBody>) async throws -> ProjectionReport {
        try await context.store.write(cause: request.cause) { tx in
            let differences = try OrderStream.projection.compare(in: tx.db)
            return ProjectionReport(events: try Self.countEvents(in: tx.db), differences: differences.map(\.description), is_rebuilt: false)
        }
    }

    /// The report says what was wrong before.
    func rebuildProjections(_ request: Request<NoBody>) async throws -> ProjectionReport {
        try await context.store.write(cause: request.cause) { tx in
            let differences = try OrderStream.projection.compare(in: tx.db)
            let events = try OrderStream.projection.rebuild(in: tx.db)
            return ProjectionReport(events: events, differences: differences.map(\.description), is_rebuilt: true)
        }
    }

    static func countEvents(in db: Database) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM order_events") ?? 0 }

    func check(_ request: Request<NoBody>) async throws -> OrdersCheck {
        try read { db in
            let counts = try OrderTables(db: db).countsByStatus()
            let open =
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM sagas WHERE definition = ? AND status IN ('running', 'compensating')",
                    arguments: [CheckoutSaga.name]) ?? 0
            return OrdersCheck(
                orders_total: counts.values.reduce(0, +), by_status: counts, sagas_open: open, events_total: try Self.countEvents(in: db))
        }
    }
}

extension CheckoutView {
    init(_ saga: SagaInstance, orderID: Int64) {
        self.init(
            order_id: orderID, status: saga.status.rawValue,
            step: saga.status.isEnded || !saga.steps.indices.contains(saga.position) ? nil : saga.steps[saga.position].name,
            reason: saga.reason, started_at: saga.startedAt, updated_at: saga.updatedAt,
            log: saga.log.map { Entry(at: $0.at, step: $0.step, event: $0.event.rawValue, detail: $0.detail) }, mermaid: saga.mermaid)
    }
}
