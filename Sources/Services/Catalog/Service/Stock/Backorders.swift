import CatalogAPI
import GRDB
import Messaging
import Storage

/// Confirmed orders that wait for stock, because their reservation lapsed and others bought it. See ``ReservationTransition``.
enum Backorders {
    /// Looked at in one transaction. Backorders are rare: a checkout has to sleep through its reservation and lose the race for the stock.
    private static let looksMax = 100

    /// Serves them from what is available now, the one that waits longest first. Called wherever stock comes back.
    static func fill(in tx: StoreTransaction) throws {
        let statement = try tx.db.cachedStatement(
            sql: """
                SELECT order_id, reply_subject, correlation_id FROM products_reservation
                WHERE status = 'backordered' ORDER BY updated_at, order_id LIMIT ?
                """)
        for row in try Row.fetchAll(statement, arguments: [looksMax]) {
            let order: String = row[0]
            let lines = try ReservationTable.lines(of: order, in: tx.db)
            guard try InventoryTable.takeUnheld(lines, in: tx.db) else { continue }
            let cause = Cause(correlationID: row[2] ?? order, causationID: tx.cause.causationID, traceparent: tx.cause.traceparent)
            try StockParticipant.finish(order, lines, subject: row[1], in: tx.with(cause: cause))
        }
    }
}
