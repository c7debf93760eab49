import CatalogAPI
import GRDB
import Messaging
import Runtime
import Storage

/// Rows of products_reservation and its lines.
enum ReservationTable {
    struct Reservation {
        let status: ReservationStatus
        let reason: String?
        let refusedProduct: Int64?
    }

    /// Adds a held reservation; false when the order has one of any status already.
    static func insertHeld(_ order: String, expiresAt: Timestamp, in tx: StoreTransaction) throws -> Bool {
        try tx.db.run(
            """
            INSERT INTO products_reservation(order_id, status, expires_at, created_at, updated_at)
            VALUES (?1, 'reserved', ?2, ?3, ?3)
            ON CONFLICT(order_id) DO NOTHING
            """, order, expiresAt.microseconds, tx.now.microseconds)
        return tx.db.changesCount == 1
    }

    static func insertLines(_ lines: [StockLine], of order: String, in db: Database) throws {
        for line in lines {
            try db.run(
                "INSERT INTO products_reservation_line(order_id, product_id, quantity) VALUES (?, ?, ?)", order, line.product_id,
                line.quantity)
        }
    }

    static func insertTombstone(_ order: String, reason: String, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: """
                INSERT INTO products_reservation(order_id, status, reason, created_at, updated_at) VALUES (?1, 'released', ?2, ?3, ?3)
                """, arguments: [order, reason, tx.now.microseconds])
    }

    static func find(_ order: String, in db: Database) throws -> Reservation? {
        let found = try db.first("SELECT status, reason, refused_product_id FROM products_reservation WHERE order_id = ?", order) { row in
            // Nil never comes up: the CHECK allows no other text.
            ReservationStatus(rawValue: row[0]).map { [reason = row[1] as String?, product = row[2] as Int64?] status in
                Reservation(status: status, reason: reason, refusedProduct: product)
            }
        }
        return found ?? nil
    }

    static func lines(of order: String, in db: Database) throws -> [StockLine] {
        try db.all("SELECT product_id, quantity FROM products_reservation_line WHERE order_id = ? ORDER BY product_id", order) { row in
            StockLine(product_id: row[0], quantity: row[1])
        }
    }

    static func setStatus(_ order: String, _ status: ReservationStatus, reason: String? = nil, in tx: StoreTransaction) throws {
        try tx.db.run(
            """
            UPDATE products_reservation SET status = ?, reason = coalesce(?, reason), expires_at = NULL, updated_at = ?
            WHERE order_id = ?
            """, status.rawValue, reason, tx.now.microseconds, order)
    }

    static func setRefused(_ order: String, reason: String, product: Int64?, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: """
                UPDATE products_reservation SET status = 'refused', reason = ?, refused_product_id = ?, expires_at = NULL
                WHERE order_id = ?
                """, arguments: [reason, product, order])
    }

    static func setBackordered(_ order: String, answering message: Message, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: """
                UPDATE products_reservation SET status = 'backordered', reply_subject = ?, correlation_id = ?, updated_at = ?
                WHERE order_id = ? AND status <> 'backordered'
                """, arguments: [message.subject, tx.cause.correlationID, tx.now.microseconds, order])
    }

    static func view(_ order: String, in db: Database) throws -> ReservationView? {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT status, reason, expires_at, updated_at FROM products_reservation WHERE order_id = ?", arguments: [order]),
            let status = ReservationStatus(rawValue: row[0])
        else { return nil }
        let expiry: Int64? = row[2]
        return ReservationView(
            order_id: order, status: status, lines: try lines(of: order, in: db), reason: row[1],
            expires_at: expiry.map(Timestamp.init(microseconds:)), updated_at: Timestamp(microseconds: row[3]))
    }
}
