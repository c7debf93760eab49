import Commerce
import Contracts
import GRDB
import PaymentsAPI
import Runtime
import ServiceKit
import Storage

extension PaymentsService {
    func listPayments(_ request: Request<NoBody>) throws -> Page<PaymentView> {
        var filter = PaymentFilter(orderID: request.query("order_id"), userID: request.query("user_id"))
        if let principal = request.principal, !principal.isStaff { filter.userID = principal.userID }
        if let name = request.query("status") {
            guard let status = PaymentStatus(rawValue: name) else {
                let known = PaymentStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.badRequest(code: "invalid_parameter", detail: "The query parameter status is one of \(known).")
            }
            filter.status = status
        }
        let cursor = request.cursor.map { Int64($0) }
        if case .some(nil) = cursor {
            throw Problem.badRequest(code: "cursor_invalid", detail: "Use the next_cursor of the page before.")
        }
        let limit = try request.limit()
        return try store.read { db in try PaymentTable.page(filter, before: cursor ?? nil, limit: limit, in: db) }
    }

    func payment(_ request: Request<NoBody>) throws -> PaymentView {
        let id = try request.pathID("id")
        return try store.read { db in
            let payment = try Self.get(id, in: db)
            if let principal = request.principal, !principal.isStaff, principal.userID != payment.userID {
                throw Problem.forbidden(code: "not_owner", detail: "This payment belongs to somebody else.")
            }
            return try Self.view(payment, in: db)
        }
    }

    func authorize(_ request: Request<AuthorizeRequest>) async throws -> PaymentView {
        let body = request.body
        let command = AuthorizePayment(
            payment_key: body.payment_key, order_id: body.order_id, user_id: body.user_id,
            amount_minor: try Self.minorUnits(body.amount, body.currency), currency: body.currency, card: body.card)
        return try await commit(request) { [payments] tx in
            switch try payments.authorize(command, in: tx) {
            case .authorized(let payment): payment
            // A decline of the card is a payment like any other; a request that cannot be one is refused.
            case .declined(let refusal, let payment):
                if let payment, payment.status == .declined { payment } else { throw refusal }
            }
        }
    }

    func capture(_ request: Request<NoBody>) async throws -> PaymentView {
        let id = try request.pathID("id")
        return try await commit(request) { [payments] tx in try payments.capture(try Self.getOwn(id, in: tx.db), in: tx) }
    }

    func void(_ request: Request<VoidRequest>) async throws -> PaymentView {
        let id = try request.pathID("id")
        return try await commit(request) { [payments] tx in
            try payments.void(try Self.getOwn(id, in: tx.db), reason: request.body.reason, in: tx)
        }
    }

    func refund(_ request: Request<RefundRequest>) async throws -> PaymentView {
        let id = try request.pathID("id")
        let key = request.body.refund_key ?? world.makeID()
        return try await commit(request) { [payments] tx in
            let payment = try Self.get(id, in: tx.db)
            let amount = try request.body.amount.map { try Self.minorUnits($0, payment.currency.code) }
            return try payments.refund(payment, amountMinor: amount, key: key, reason: request.body.reason, in: tx).payment
        }
    }

    /// Commits a change of one payment; what cannot be done to it is a conflict with its state.
    private func commit<Body>(
        _ request: Request<Body>, _ change: @escaping @Sendable (StoreTransaction) throws -> PaymentRecord
    ) async throws -> PaymentView {
        do {
            return try await request.commit(store) { tx in try Self.view(try change(tx), in: tx.db) }
        } catch let refusal as PaymentTransition.Refusal {
            throw Problem.conflict(code: refusal.code, detail: refusal.reason)
        } catch let timeout as ProcessorTimeout {
            throw Problem.unavailable(
                "The card processor did not answer in time; the same request with the same key is safe to repeat.",
                code: "processor_timeout", retryAfter: timeout.retryAfter)
        }
    }

    private static func get(_ id: Int64, in db: Database) throws -> PaymentRecord {
        guard let payment = try PaymentTable.find(id: id, in: db) else { throw Problem.notFound("payment", id) }
        return payment
    }

    /// A payment that staff may collect or give up.
    /// - Throws: ``Problem`` 404, or 409 for one that a checkout decides about.
    private static func getOwn(_ id: Int64, in db: Database) throws -> PaymentRecord {
        let payment = try get(id, in: db)
        guard !CheckoutPayment.isKey(payment.paymentKey) else {
            throw Problem.conflict(
                code: "payment_of_checkout",
                detail: """
                    The checkout of order \(payment.orderID) collects this payment or gives it up: cancel the order, or refund the payment \
                    once it is captured.
                    """)
        }
        return payment
    }

    private static func view(_ payment: PaymentRecord, in db: Database) throws -> PaymentView {
        // Read again: the row has its new time of change.
        try get(payment.id, in: db).view(refunds: try RefundTable.refunds(of: payment, in: db))
    }

    private static func minorUnits(_ decimal: String, _ currency: String) throws -> Int64 {
        do {
            return try Money(bounded: decimal, currency).minorUnits
        } catch {
            throw Problem.unprocessable(field: "amount", error.description)
        }
    }
}
