import Commerce
import Contracts
import GRDB
import PaymentsAPI
import Runtime
import Storage

/// Rows of payments_payment and of the keys that were voided in advance.
enum PaymentTable {
    private static let selectByKey = "SELECT \(PaymentRecord.columns) FROM payments_payment WHERE payment_key = ?"
    private static let selectByID = "SELECT \(PaymentRecord.columns) FROM payments_payment WHERE id = ?"

    static func find(key: String, in db: Database) throws -> PaymentRecord? {
        try db.first(selectByKey, key) { row in try PaymentRecord(row) }
    }

    static func find(id: Int64, in db: Database) throws -> PaymentRecord? {
        try db.first(selectByID, id) { row in try PaymentRecord(row) }
    }

    /// Adds what the processor said first; nil when the key has a payment already, as when the processor says it twice.
    static func insert(
        _ command: AuthorizePayment, status: PaymentStatus, reference: String, code: String?, reason: String?, in tx: StoreTransaction
    ) throws -> Int64? {
        try tx.db.run(
            """
            INSERT INTO payments_payment(
              payment_key, order_id, user_id, amount_minor, currency, status, card_last4, code, reason, reference, created_at,
              updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11) ON CONFLICT(payment_key) DO NOTHING
            """, command.payment_key, command.order_id, command.user_id, command.amount_minor, command.currency, status.rawValue,
            command.card.map { String($0.suffix(4)) }, code, reason, reference, tx.now.microseconds)
        return tx.db.changesCount == 1 ? tx.db.lastInsertedRowID : nil
    }

    static func update(_ payment: PaymentRecord, in tx: StoreTransaction) throws {
        try tx.db.run(
            """
            UPDATE payments_payment SET captured_minor = ?, refunded_minor = ?, status = ?, code = ?, reason = ?, updated_at = ?
            WHERE id = ?
            """, payment.capturedMinor, payment.refundedMinor, payment.status.rawValue, payment.code, payment.reason, tx.now.microseconds,
            payment.id)
    }

    /// Newest first.
    static func page(_ filter: PaymentFilter, before cursor: Int64?, limit: Int, in db: Database) throws -> Page<PaymentView> {
        var conditions = ["id < ?"]
        var values: [(any SQLValue)?] = [cursor ?? Int64.max]
        func add(_ condition: String, _ value: String?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(value)
        }
        add("order_id = ?", filter.orderID)
        add("user_id = ?", filter.userID)
        add("status = ?", filter.status?.rawValue)
        let sql = """
            SELECT \(PaymentRecord.columns) FROM payments_payment WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id DESC LIMIT ?
            """
        let rows = try db.all(sql, values: values + [limit + 1]) { row in try PaymentRecord(row) }
        let items = try rows.prefix(limit).map { payment in
            payment.view(refunds: payment.refundedMinor == 0 ? [] : try RefundTable.refunds(of: payment, in: db))
        }
        return Page(items: items, next_cursor: rows.count > limit ? items.last.map { String($0.id) } : nil)
    }

    static func insertTombstone(_ command: VoidPayment, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: "INSERT INTO payments_tombstone(payment_key, order_id, reason, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [command.payment_key, command.order_id, command.reason, tx.now.microseconds])
    }

    static func hasTombstone(_ key: String, in db: Database) throws -> Bool {
        try db.first("SELECT 1 FROM payments_tombstone WHERE payment_key = ?", key) { _ in true } ?? false
    }
}

/// What a list of payments is narrowed to.
struct PaymentFilter: Sendable {
    var orderID: String?
    var userID: String?
    var status: PaymentStatus?
}
