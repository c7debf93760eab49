import Commerce
import Foundation
import GRDB
import OrdersAPI
import Runtime
import Storage

/// What requests read: rows of the projections as the API shows them.
struct OrderTables {
    let db: Database

    /// Whose order it is, and where it stands; nil when there is none.
    func head(_ id: Int64) throws -> Head? {
        try db.first("SELECT user_id, status, total_minor, currency FROM orders_order WHERE id = ?", id) { row in
            Head(userID: row[0], status: try status(row[1]), totalMinor: row[2], currency: row[3])
        }
    }

    struct Head {
        let userID: String
        let status: OrderStatus
        let totalMinor: Int64
        let currency: String
    }

    /// The order as the rules see it, without folding its stream.
    /// - Throws: ``OrderRefusal/notPlaced``.
    func aggregate(_ id: Int64) throws -> Order {
        let sql = "SELECT o.version, o.status, p.status FROM orders_order o LEFT JOIN orders_payment p ON p.order_id = o.id WHERE o.id = ?"
        let row = try db.first(sql, id) { row in
            (
                version: row[0] as Int64, status: try status(row[1]),
                payment: (row[2] as String?).flatMap(OrderPaymentStatus.init(rawValue:))
            )
        }
        guard let (version, status, payment) = row else { throw OrderRefusal.notPlaced }
        // Shipments exist from the confirmation on.
        guard !status.isOpen, !status.hasFailed else { return Order(version: version, status: status, payment: payment, shipments: []) }
        let shipments = try db.all("SELECT status FROM orders_shipment WHERE order_id = ? ORDER BY number", id) { row in row[0] as String }
        return Order(version: version, status: status, payment: payment, shipments: shipments.compactMap(ShipmentStatus.init(rawValue:)))
    }

    private static let columns = """
        o.id, o.version, o.user_id, o.user_is_number, o.form, o.status, o.reason_code, o.reason_detail, o.amount, o.total_minor,
        o.currency, o.card_last4, o.created_at, o.updated_at, p.status, p.payment_id
        FROM orders_order o LEFT JOIN orders_payment p ON p.order_id = o.id
        """

    private static let selectByID = "SELECT \(columns) WHERE o.id = ?"

    func order(_ id: Int64) throws -> OrderView? {
        try db.first(Self.selectByID, id, read: view)
    }

    /// Newest first, numbers below `before`.
    func orders(userID: String?, status: OrderStatus?, before: Int64?, limit: Int) throws -> [OrderView] {
        let (sql, values) = Self.page(userID: userID, status: status, before: before)
        return try db.all(sql, values: values + [limit], read: view)
    }

    /// What is missing of the values is the limit.
    static func page(userID: String?, status: OrderStatus?, before: Int64?) -> (sql: String, values: [(any SQLValue)?]) {
        var conditions = [String]()
        var values = [(any SQLValue)?]()
        if let userID {
            conditions.append("o.user_id = ?")
            values.append(userID)
        }
        if let status {
            // The plus keeps the index by status out where a user is named: one user's orders are few, those of a status are many.
            conditions.append(userID == nil ? "o.status = ?" : "+o.status = ?")
            values.append(status.rawValue)
        }
        if let before {
            conditions.append("o.id < ?")
            values.append(before)
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return ("SELECT \(columns) \(filter) ORDER BY o.id DESC LIMIT ?", values)
    }

    private func view(_ row: borrowing SQLRow) throws -> OrderView {
        let id: Int64 = row[0]
        let form: String = row[4]
        let totalMinor: Int64 = row[9]
        let currency: String = row[10]
        let amount: String? = row[8]
        let reasonCode: String? = row[6]
        let reasonDetail: String? = row[7]
        let paymentStatus: String? = row[14]
        let paymentID: Int64? = row[15]
        let cardLast4: String? = row[11]
        var view = OrderView(
            id: id, user_id: UserReference(text: row[2], isNumber: row[3]), status: try status(row[5]),
            reason: reasonCode.map { OrderReason(code: $0, detail: reasonDetail ?? "") },
            payment: try paymentStatus.map {
                OrderPaymentView(status: try stored(OrderPaymentStatus.self, $0), payment_id: paymentID, card_last4: cardLast4)
            },
            version: row[1], created_at: Timestamp(microseconds: row[12]), updated_at: Timestamp(microseconds: row[13]))
        switch form {
        case "item":
            view.item = try items(of: id).first?.name
            view.amount = amount.flatMap(Int64.init).map(OrderAmount.count)
        case "plain":
            view.amount = amount.map(OrderAmount.total)
            view.currency = currency
            view.total = OrderMoney.decimal(totalMinor, currency)
        default:
            view.currency = currency
            view.total = OrderMoney.decimal(totalMinor, currency)
            view.lines = try items(of: id).map { $0.view(currency: currency) }
        }
        return view
    }

    func items(of id: Int64) throws -> [Item] {
        try db.all("SELECT product_id, name, quantity, unit_minor FROM orders_orderitem WHERE order_id = ? ORDER BY line", id) { row in
            Item(productID: row[0], name: row[1], quantity: row[2], unitMinor: row[3])
        }
    }

    struct Item {
        let productID: Int64?
        let name: String
        let quantity: Int
        let unitMinor: Int64

        func view(currency: String) -> OrderLineView {
            OrderLineView(
                product_id: productID ?? 0, name: name, quantity: quantity, unit_price: OrderMoney.decimal(unitMinor, currency),
                total: OrderMoney.decimal(unitMinor * Int64(quantity), currency))
        }
    }

    func shipments(of id: Int64) throws -> [ShipmentView] {
        let sql = """
            SELECT number, status, carrier, tracking, created_at, shipped_at, delivered_at FROM orders_shipment
            WHERE order_id = ? ORDER BY number
            """
        return try db.all(sql, id) { row in
            ShipmentView(
                order_id: id, number: row[0], status: try stored(ShipmentStatus.self, row[1]), carrier: row[2], tracking: row[3],
                created_at: Timestamp(microseconds: row[4]), shipped_at: (row[5] as Int64?).map(Timestamp.init(microseconds:)),
                delivered_at: (row[6] as Int64?).map(Timestamp.init(microseconds:)))
        }
    }

    /// Nil while the order has none: before it is confirmed.
    func invoice(of id: Int64) throws -> InvoiceView? {
        let issued = try db.first("SELECT number, issued_at FROM orders_invoice WHERE order_id = ?", id) { row in
            (number: row[0] as Int64, at: Timestamp(microseconds: row[1]))
        }
        guard let (number, issuedAt) = issued, let order = try order(id), let head = try head(id) else { return nil }
        let currency = head.currency
        var lines = try items(of: id).map { item in
            InvoiceView.Line(
                description: item.name, quantity: item.quantity, unit_price: OrderMoney.decimal(item.unitMinor, currency),
                total: OrderMoney.decimal(item.unitMinor * Int64(item.quantity), currency))
        }
        let total = OrderMoney.decimal(head.totalMinor, currency)
        if lines.isEmpty { lines = [InvoiceView.Line(description: "Order \(id)", quantity: 1, unit_price: total, total: total)] }
        let digits = String(number)
        return InvoiceView(
            number: "INV-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits, order_id: id, user_id: order.user_id,
            issued_at: issuedAt, currency: currency, lines: lines, total: total, payment: order.payment)
    }

    func countsByStatus() throws -> [String: Int] {
        var counts = Dictionary(uniqueKeysWithValues: OrderStatus.allCases.map { ($0.rawValue, 0) })
        for row in try Row.fetchAll(db, sql: "SELECT status, count(*) FROM orders_order GROUP BY status") { counts[row[0]] = row[1] }
        return counts
    }

    // MARK: Reading back

    private func status(_ text: String) throws -> OrderStatus { try stored(OrderStatus.self, text) }

    private func stored<T: RawRepresentable<String>>(_ type: T.Type, _ text: String) throws -> T {
        guard let value = T(rawValue: text) else { throw UnknownStoredValue(type: "\(type)", text: text) }
        return value
    }
}

/// A word in a table that this build does not know: written by a newer one.
struct UnknownStoredValue: Error, CustomStringConvertible {
    let type: String
    let text: String
    var description: String { "\"\(text)\" is stored as \(type), which this build does not know" }
}

/// Money of an order outside: a decimal string.
enum OrderMoney {
    static func decimal(_ minor: Int64, _ code: String) -> String {
        // Only codes that Currency knows are stored; for a code that a later build added, cents are the usual case.
        Money(minorUnits: minor, currency: Currency(code) ?? .usd).decimal
    }
}
