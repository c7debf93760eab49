import CatalogAPI
import Contracts
import GRDB
import Runtime
import Storage

/// Rows of products_product; every change of one goes through here, so that none forgets the revision or the event.
enum ProductTable {
    /// Nil for unknown and for deleted products.
    static func find(_ id: Int64, in db: Database) throws -> ProductRecord? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(ProductRecord.columns) FROM products_product p WHERE p.id = ? AND p.deleted_at IS NULL")
        return try Row.fetchOne(statement, arguments: [id]).map(ProductRecord.init)
    }

    /// Also when it is deleted: its stock is still there, and confirmed orders may wait for more of it.
    /// - Throws: ``Problem`` 404 for a product that never was.
    static func seller(of id: Int64, in db: Database) throws -> String {
        guard let seller = try db.first("SELECT seller_id FROM products_product WHERE id = ?", id, read: { row in row[0] as String }) else {
            throw Problem.notFound("product", id)
        }
        return seller
    }

    /// - Throws: ``Problem`` 404.
    static func get(_ id: Int64, in db: Database) throws -> ProductRecord {
        guard let product = try find(id, in: db) else { throw Problem.notFound("product", id) }
        return product
    }

    static func view(_ id: Int64, in db: Database) throws -> ProductView {
        let product = try get(id, in: db)
        return product.view(images: try ImageTable.images(of: id, in: db), available: try InventoryTable.find(id, in: db)?.available ?? 0)
    }

    /// Adds a product at revision 1, with its stock row, and publishes it.
    static func insert(_ body: CreateProduct, priceMinor: Int64, seller: String, in tx: StoreTransaction) throws -> Int64 {
        try requireFree(sku: body.sku, seller: seller, except: nil, in: tx.db)
        if let category = body.category_id { try CategoryTable.require(category, in: tx.db) }
        try tx.db.execute(
            sql: """
                INSERT INTO products_product(
                  sku, name, description, price_minor, currency, category_id, seller_id, is_active, revision, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
                """,
            arguments: [
                body.sku, body.name, body.description ?? "", priceMinor, body.currency, body.category_id, seller, body.is_active ?? true,
                tx.now.microseconds, tx.now.microseconds,
            ])
        let id = tx.db.lastInsertedRowID
        try InventoryTable.create(id, onHand: body.on_hand ?? 0, in: tx.db)
        try tx.publish(CatalogAPI.productCreated, try get(id, in: tx.db).state(images: []), subject: String(id))
        return id
    }

    /// Stores a changed product as its next revision and publishes it whole.
    static func update(_ changed: ProductRecord, in tx: StoreTransaction) throws {
        var product = changed
        product.revision += 1
        product.updatedAt = tx.now
        try tx.db.execute(
            sql: """
                UPDATE products_product SET sku = ?, name = ?, description = ?, price_minor = ?, currency = ?, category_id = ?,
                  is_active = ?, revision = ?, updated_at = ?, deleted_at = ?
                WHERE id = ? AND revision = ?
                """,
            arguments: [
                product.sku, product.name, product.description, product.priceMinor, product.currency, product.categoryID,
                product.isActive, product.revision, product.updatedAt.microseconds, product.deletedAt?.microseconds, product.id,
                changed.revision,
            ])
        precondition(tx.db.changesCount == 1, "product \(product.id) was read at revision \(changed.revision) in this transaction")
        let type = product.deletedAt == nil ? CatalogAPI.productUpdated : CatalogAPI.productDeleted
        try tx.publish(type, product.state(images: try ImageTable.images(of: product.id, in: tx.db)), subject: String(product.id))
    }

    /// - Throws: ``Problem`` 409 when another product of the seller has the code.
    static func requireFree(sku: String, seller: String, except id: Int64?, in db: Database) throws {
        let other = try Int64.fetchOne(
            db, sql: "SELECT id FROM products_product WHERE seller_id = ? AND sku = ? AND deleted_at IS NULL", arguments: [seller, sku])
        if let other, other != id {
            throw Problem.conflict(code: "sku_taken", detail: "Product \(other) of this seller has the SKU \(sku) already.")
        }
    }

    static func quotes(_ ids: [Int64], in db: Database) throws -> [ProductQuote] {
        let sql = """
            SELECT id, sku, name, price_minor, currency, is_active AND deleted_at IS NULL, seller_id FROM products_product WHERE id = ?
            """
        return try ids.compactMap { id in
            try db.first(sql, id) { row in
                ProductQuote(
                    id: row[0], sku: row[1], name: row[2], price_minor: row[3], currency: row[4], is_active: row[5], seller_id: row[6])
            }
        }
    }
}
