import Foundation
import GRDB
import OrdersAPI
import Runtime
import Storage

/// Writes what an event means into the tables that requests read: the only code that changes orders_order and its companions.
///
/// The live path and a rebuild call the same `apply`, so equal events give equal rows. See ``OrderStream/projection``.
struct OrderProjections {
    /// The tables, parents first.
    static let tables = ["orders_order", "orders_orderitem", "orders_payment", "orders_shipment", "orders_invoice"]

    let db: Database

    /// - Parameters:
    ///   - order: the aggregate with `event` applied.
    ///   - at: when the event happened.
    func apply(_ event: OrderEvent, order: Order, id: Int64, at: Timestamp) throws {
        if case .placed(let placed) = event { return try insert(placed, order: order, id: id, at: at) }
        try update(order, reason: event.endReason, id: id, at: at)
        switch event {
        case .paymentAuthorized(let paymentID): try setPayment(.authorized, paymentID: paymentID, id: id, at: at)
        case .paymentDeclined: try setPayment(.declined, paymentID: nil, id: id, at: at)
        case .paymentCaptured(let paymentID): try setPayment(.captured, paymentID: paymentID, id: id, at: at)
        case .confirmed(let invoiceNumber):
            try db.run("INSERT INTO orders_invoice(number, order_id, issued_at) VALUES (?, ?, ?)", invoiceNumber, id, at.microseconds)
        case .shipmentCreated(let number, let carrier, let tracking):
            try db.run(
                "INSERT INTO orders_shipment(order_id, number, status, carrier, tracking, created_at) VALUES (?, ?, 'prepared', ?, ?, ?)",
                id, number, carrier, tracking, at.microseconds)
        case .shipmentShipped(let number, let carrier, let tracking):
            try db.run(
                """
                UPDATE orders_shipment SET status = 'shipped', shipped_at = ?, carrier = coalesce(?, carrier), tracking = coalesce(?, tracking)
                WHERE order_id = ? AND number = ?
                """, at.microseconds, carrier, tracking, id, number)
        case .shipmentDelivered(let number):
            try db.run(
                "UPDATE orders_shipment SET status = 'delivered', delivered_at = ? WHERE order_id = ? AND number = ?",
                at.microseconds, id, number)
        case .rejected, .cancelled, .compensated:
            if order.payment == .voided {
                try db.run("UPDATE orders_payment SET status = 'voided', updated_at = ? WHERE order_id = ?", at.microseconds, id)
            }
        case .placed, .stockReserved: break
        }
    }

    private func insert(_ placed: PlacedOrder, order: Order, id: Int64, at: Timestamp) throws {
        let amount: String? =
            switch placed.amount {
            case .count(let count): String(count)
            case .total(let total): total
            case .fraction, nil: nil
            }
        try db.run(
            """
            INSERT INTO orders_order(id, version, user_id, user_is_number, form, status, amount, total_minor, currency, card_last4,
              created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, id, order.version, placed.user.text, placed.user.isNumber, placed.form.rawValue, order.status.rawValue, amount,
            placed.totalMinor, placed.currency, placed.cardLast4, at.microseconds, at.microseconds)
        guard !placed.lines.isEmpty else { return }
        for (index, line) in placed.lines.enumerated() {
            try db.run(
                "INSERT INTO orders_orderitem(order_id, line, product_id, name, quantity, unit_minor) VALUES (?, ?, ?, ?, ?, ?)", id,
                index + 1, line.product_id, line.item ?? "", line.quantity, line.unit_minor)
        }
    }

    /// The version in the WHERE clause notices a projection that has run away from its stream.
    private func update(_ order: Order, reason: OrderReason?, id: Int64, at: Timestamp) throws {
        let changed: Int
        if let reason {
            changed = try db.run(
                """
                UPDATE orders_order SET version = ?, status = ?, updated_at = ?, reason_code = ?, reason_detail = ?
                WHERE id = ? AND version = ?
                """, order.version, order.status.rawValue, at.microseconds, reason.code, reason.detail, id, order.version - 1)
        } else {
            changed = try db.run(
                "UPDATE orders_order SET version = ?, status = ?, updated_at = ? WHERE id = ? AND version = ?",
                order.version, order.status.rawValue, at.microseconds, id, order.version - 1)
        }
        guard changed == 1 else { throw ProjectionOutOfStep(orderID: id, version: order.version) }
    }

    private func setPayment(_ status: OrderPaymentStatus, paymentID: Int64?, id: Int64, at: Timestamp) throws {
        try db.run(
            """
            INSERT INTO orders_payment(order_id, payment_id, status, updated_at) VALUES (?, ?, ?, ?)
            ON CONFLICT(order_id) DO UPDATE SET payment_id = excluded.payment_id, status = excluded.status, updated_at = excluded.updated_at
            """, id, paymentID, status.rawValue, at.microseconds)
    }
}

extension OrderEvent {
    /// Why the order ended, for the events that end it badly.
    fileprivate var endReason: OrderReason? {
        switch self {
        case .rejected(let reason), .cancelled(let reason), .compensated(let reason): reason
        default: nil
        }
    }
}

/// The row of an order is not at the version that its stream is at: somebody wrote past the other. The write is undone.
struct ProjectionOutOfStep: Error, CustomStringConvertible {
    let orderID: Int64
    let version: Int64
    var description: String {
        "order \(orderID) is not at version \(version - 1), which event \(version) follows; compare the projections: GET /internal/orders/projections"
    }
}
