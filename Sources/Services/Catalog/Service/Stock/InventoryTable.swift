import CatalogAPI
import GRDB
import Runtime
import Storage

/// Stock per product. `reserved` is the part of `on_hand` that orders hold; the table's CHECK keeps 0 <= reserved <= on_hand.
enum InventoryTable {
    static func create(_ product: Int64, onHand: Int, in db: Database) throws {
        try db.execute(sql: "INSERT INTO products_inventory(product_id, on_hand) VALUES (?, ?)", arguments: [product, onHand])
    }

    static func find(_ product: Int64, in db: Database) throws -> InventoryView? {
        try db.first("SELECT on_hand, reserved FROM products_inventory WHERE product_id = ?", product) { row in
            InventoryView(product_id: product, on_hand: row[0], reserved: row[1])
        }
    }

    /// Holds all lines or none. Nil when held, else the line that could not be and why.
    static func hold(_ lines: [StockLine], in db: Database) throws -> (product: Int64, reason: String)? {
        for (index, line) in lines.enumerated() where !(try hold(line, in: db)) {
            // Freed line by line: cheaper than a savepoint around each of thousands of reservations a second.
            for held in lines[..<index] where !seeded("stock.refused-order-keeps-a-part") { try free(held, in: db) }
            return (line.product_id, try isForSale(line.product_id, in: db) ? "out_of_stock" : "product_unavailable")
        }
        return nil
    }

    private static func hold(_ line: StockLine, in db: Database) throws -> Bool {
        try db.run(
            """
            UPDATE products_inventory SET reserved = reserved + ?2
            WHERE product_id = ?1 AND on_hand - reserved >= ?2
              AND (SELECT is_active AND deleted_at IS NULL FROM products_product WHERE id = ?1)
            """, line.product_id, line.quantity)
        return db.changesCount == 1
    }

    private static func isForSale(_ product: Int64, in db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT is_active AND deleted_at IS NULL FROM products_product WHERE id = ?", arguments: [product]) ?? false
    }

    /// Gives back what was held.
    static func free(_ line: StockLine, in db: Database) throws {
        try db.run("UPDATE products_inventory SET reserved = reserved - ? WHERE product_id = ?", line.quantity, line.product_id)
    }

    /// What was held leaves the stock.
    static func take(_ line: StockLine, in db: Database) throws {
        try db.run(
            "UPDATE products_inventory SET on_hand = on_hand - ?1, reserved = reserved - ?1 WHERE product_id = ?2",
            line.quantity, line.product_id)
    }

    /// Takes all lines out of the stock though nothing is held for them, or none. For confirmed orders: products that are no longer
    /// offered are delivered all the same.
    static func takeUnheld(_ lines: [StockLine], in db: Database) throws -> Bool {
        for line in lines {
            guard let stock = try find(line.product_id, in: db), stock.available >= line.quantity else { return false }
        }
        for line in lines {
            try db.run("UPDATE products_inventory SET on_hand = on_hand - ? WHERE product_id = ?", line.quantity, line.product_id)
        }
        return true
    }

    /// Adds `delta`; nil when less than what orders hold would be left, or more than the limit.
    static func adjust(_ product: Int64, by delta: Int, in db: Database) throws -> InventoryView? {
        try db.execute(
            sql: """
                UPDATE products_inventory SET on_hand = on_hand + :delta
                WHERE product_id = :product AND on_hand + :delta BETWEEN reserved AND :max
                """, arguments: ["delta": delta, "product": product, "max": CatalogLimits.quantityMax])
        return db.changesCount == 1 ? try find(product, in: db) : nil
    }
}
