import EventSourcing
import GRDB
import Messaging
import OrdersAPI
import Runtime
import Storage

/// Writes orders: decides by the aggregate, appends the events, updates the projections and publishes, in the caller's transaction.
///
/// The order is loaded from its projection, not folded from its stream; the version found there is the expected version of the append,
/// and the stream's primary key refuses a second event with the same one.
struct OrderBook: Sendable {
    let waiters: OrderWaiters
    let metrics: OrderMetrics

    /// Places an order under the next free number.
    func place(_ placed: PlacedOrder, in tx: StoreTransaction) throws -> Int64 {
        let last = try tx.db.first("SELECT id FROM orders_order ORDER BY id DESC LIMIT 1") { row in row[0] as Int64 } ?? 0
        let id = last + 1
        _ = try perform(.place(placed), on: Order(), id: id, in: tx)
        try tx.publish(
            OrdersAPI.placed,
            OrderPlaced(
                order_id: id, user_id: placed.user.text, lines: placed.lines, total_minor: placed.totalMinor, currency: placed.currency,
                placed_at: tx.now),
            subject: String(id))
        return id
    }

    /// Does what `command` says to an order, and publishes when it has been shipped or delivered by it.
    /// - Throws: ``OrderRefusal``.
    @discardableResult
    func record(_ command: OrderCommand, id: Int64, in tx: StoreTransaction) throws -> Order {
        let before = try OrderTables(db: tx.db).aggregate(id)
        let after = try perform(command, on: before, id: id, in: tx)
        if before.status != after.status, after.status == .shipped || after.status == .delivered {
            guard let head = try OrderTables(db: tx.db).head(id) else { throw OrderRefusal.notPlaced }
            let outcome = OrderOutcome(order_id: id, user_id: head.userID, total_minor: head.totalMinor, currency: head.currency)
            try tx.publish(after.status == .shipped ? OrdersAPI.shipped : OrdersAPI.delivered, outcome, subject: String(id))
        }
        return after
    }

    // MARK: For the checkout

    func record(_ command: OrderCommand, of checkout: Checkout, in tx: StoreTransaction) throws {
        try record(command, id: checkout.orderID, in: tx)
    }

    /// The pivot: nothing undoes the order any more. Gives the invoice its number.
    func confirm(_ checkout: Checkout, in tx: StoreTransaction) throws {
        let last = try tx.db.first("SELECT number FROM orders_invoice ORDER BY number DESC LIMIT 1") { row in row[0] as Int64 } ?? 0
        try record(.confirm(invoiceNumber: last + 1), of: checkout, in: tx)
    }

    func announceConfirmed(_ checkout: Checkout, in tx: StoreTransaction) throws {
        try tx.publish(OrdersAPI.confirmed, outcome(of: checkout), subject: checkout.sagaID)
    }

    /// Ends an order whose checkout has been undone: rejected by a participant, cancelled by request, or out of time.
    func end(_ checkout: inout Checkout, because sagaReason: String, in tx: StoreTransaction) throws {
        checkout.card = nil
        let before = try OrderTables(db: tx.db).aggregate(checkout.orderID)
        let reason: OrderReason
        let type = checkout.refusal == nil && CancelReason(sagaReason: sagaReason) != nil ? OrdersAPI.cancelled : OrdersAPI.rejected
        if let refusal = checkout.refusal {
            reason = refusal
            _ = try perform(.reject(reason), on: before, id: checkout.orderID, in: tx)
        } else if let cancel = CancelReason(sagaReason: sagaReason) {
            reason = OrderReason(code: "cancelled", detail: cancel.text)
            _ = try perform(.cancel(reason), on: before, id: checkout.orderID, in: tx)
        } else {
            let isReserving = before.status == .pending && checkout.reservesStock
            reason = OrderReason(
                code: isReserving ? "reserve_timeout" : "authorize_timeout",
                detail: isReserving ? "The stock was not reserved in time." : "The payment was not authorised in time.")
            _ = try perform(.compensate(reason), on: before, id: checkout.orderID, in: tx)
        }
        if seeded("order.rejection-not-announced"), type.name == OrdersAPI.rejected.name { return }
        try tx.publish(type, outcome(of: checkout, reason: "\(reason.code): \(reason.detail)"), subject: checkout.sagaID)
    }

    private func outcome(of checkout: Checkout, reason: String? = nil) -> OrderOutcome {
        OrderOutcome(
            order_id: checkout.orderID, user_id: checkout.userID, total_minor: checkout.totalMinor, currency: checkout.currency,
            reason: reason)
    }

    // MARK: Decide, append, project

    private func perform(_ command: OrderCommand, on before: Order, id: Int64, in tx: StoreTransaction) throws -> Order {
        var order = before
        let projections = OrderProjections(db: tx.db)
        for event in try order.decide(command) {
            try OrderStream.events.append([event], to: String(id), expecting: order.version, in: tx)
            order.apply(event)
            if seeded("order.projection-skips-an-event"), case .shipmentCreated = event { continue }
            try projections.apply(event, order: order, id: id, at: tx.now)
        }
        let (waiters, metrics, status) = (waiters, metrics, order.status)
        if before.version == 0 {
            tx.afterCommit { metrics.placed() }
        } else if before.status != status {
            tx.afterCommit {
                metrics.reached(status)
                if before.status.isOpen, !status.isOpen { waiters.resume(orderID: id) }
            }
        }
        return order
    }
}

/// Why somebody cancelled, carried through the saga's reason.
struct CancelReason: Sendable, Hashable {
    let text: String

    private static let mark = "cancelled: "

    init(text: String?) { self.text = text ?? "Cancelled by request." }

    init?(sagaReason: String) {
        guard sagaReason.hasPrefix(Self.mark) else { return nil }
        text = String(sagaReason.dropFirst(Self.mark.count))
    }

    var sagaReason: String { Self.mark + text }
}
