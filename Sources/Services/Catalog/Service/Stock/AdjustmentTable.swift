import CatalogAPI
import Contracts
import GRDB
import Runtime
import Storage

/// Rows of products_adjustment: who changed the stock by hand, when and why.
enum AdjustmentTable {
    /// - Parameter stock: after the adjustment.
    static func insert(_ body: AdjustInventory, of stock: InventoryView, by user: String?, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: "INSERT INTO products_adjustment(product_id, delta, reason, user_id, on_hand, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [stock.product_id, body.delta, body.reason, user, stock.on_hand, tx.now.microseconds])
        try tx.publish(
            CatalogAPI.stockAdjusted,
            StockAdjustment(
                product_id: stock.product_id, delta: body.delta, reason: body.reason, on_hand: stock.on_hand, reserved: stock.reserved),
            subject: String(stock.product_id))
    }

    /// Newest first.
    static func page(of product: Int64, before cursor: Int64?, limit: Int, in db: Database) throws -> Page<AdjustmentView> {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT id, delta, reason, user_id, on_hand, created_at FROM products_adjustment
                WHERE product_id = ? AND id < ? ORDER BY id DESC LIMIT ?
                """, arguments: [product, cursor ?? Int64.max, limit + 1])
        let items = rows.prefix(limit).map {
            AdjustmentView(
                id: $0[0], delta: $0[1], reason: $0[2], user_id: $0[3], on_hand: $0[4], created_at: Timestamp(microseconds: $0[5]))
        }
        return Page(items: items, next_cursor: rows.count > limit ? items.last.map { String($0.id) } : nil)
    }
}
