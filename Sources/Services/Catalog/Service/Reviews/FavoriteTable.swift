import CatalogAPI
import Contracts
import GRDB
import Runtime
import Storage

/// Rows of products_favorite: marking twice is marking once.
enum FavoriteTable {
    static func add(_ product: Int64, user: String, in tx: StoreTransaction) throws {
        try tx.db.execute(
            sql: "INSERT INTO products_favorite(user_id, product_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [user, product, tx.now.microseconds])
    }

    static func remove(_ product: Int64, user: String, in tx: StoreTransaction) throws {
        try tx.db.execute(sql: "DELETE FROM products_favorite WHERE user_id = ? AND product_id = ?", arguments: [user, product])
    }

    /// The latest first; products that left the catalog are not shown.
    static func page(user: String, before cursor: Int64?, limit: Int, in db: Database) throws -> Page<ProductView> {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(ProductRecord.columns), i.on_hand - i.reserved, f.id FROM products_favorite f
                JOIN products_product p ON p.id = f.product_id JOIN products_inventory i ON i.product_id = p.id
                WHERE f.user_id = ? AND f.id < ? AND p.deleted_at IS NULL ORDER BY f.id DESC LIMIT ?
                """, arguments: [user, cursor ?? Int64.max, limit + 1])
        let page = rows.prefix(limit)
        let images = try ImageTable.images(ofAll: page.map { $0[0] }, in: db)
        let items = page.map { row in
            let product = ProductRecord(row)
            return product.view(images: images[product.id] ?? [], available: row[ProductRecord.columnCount])
        }
        let last: Int64? = rows.count > limit ? page.last.map { $0[ProductRecord.columnCount + 1] } : nil
        return Page(items: items, next_cursor: last.map { String($0) })
    }
}
