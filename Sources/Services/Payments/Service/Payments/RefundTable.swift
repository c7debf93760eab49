import GRDB
import PaymentsAPI
import Runtime
import Storage

/// Rows of payments_refund.
enum RefundTable {
    static func amount(of payment: Int64, key: String, in db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT amount_minor FROM payments_refund WHERE payment_id = ? AND refund_key = ?", arguments: [payment, key])
    }

    static func insert(_ payment: Int64, key: String, amountMinor: Int64, reason: String, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: "INSERT INTO payments_refund(payment_id, refund_key, amount_minor, reason, created_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [payment, key, amountMinor, reason, tx.now.microseconds])
    }

    /// Oldest first.
    static func refunds(of payment: PaymentRecord, in db: Database) throws -> [RefundView] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT refund_key, amount_minor, reason, created_at FROM payments_refund WHERE payment_id = ?
                ORDER BY created_at, refund_key
                """, arguments: [payment.id]
        ).map {
            RefundView(
                refund_key: $0[0], amount: payment.decimal($0[1]), reason: $0[2], created_at: Timestamp(microseconds: $0[3]))
        }
    }
}
