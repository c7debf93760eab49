import CatalogAPI
import Contracts
import GRDB

/// Rows of products_image. Positions of a product's images are always 0, 1, 2, …
enum ImageTable {
    static func images(of product: Int64, in db: Database) throws -> [ImageView] {
        let statement = try db.cachedStatement(
            sql: "SELECT id, url, alt, position FROM products_image WHERE product_id = ? ORDER BY position, id")
        return try Row.fetchAll(statement, arguments: [product]).map(image)
    }

    /// Images of many products at once, for lists.
    static func images(ofAll products: [Int64], in db: Database) throws -> [Int64: [ImageView]] {
        guard !products.isEmpty else { return [:] }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT id, url, alt, position, product_id FROM products_image
                WHERE product_id IN (\(databaseQuestionMarks(count: products.count))) ORDER BY product_id, position, id
                """, arguments: StatementArguments(products))
        return Dictionary(grouping: rows) { $0[4] as Int64 }.mapValues { $0.map(image) }
    }

    private static func image(_ row: Row) -> ImageView { ImageView(id: row[0], url: row[1], alt: row[2], position: row[3]) }

    static func add(_ body: AddImage, to product: Int64, in db: Database) throws {
        var order = try images(of: product, in: db).map(\.id)
        guard order.count < CatalogLimits.imagesMax else {
            throw Problem.conflict(code: "too_many_images", detail: "A product has \(CatalogLimits.imagesMax) images at most.")
        }
        try db.execute(
            sql: "INSERT INTO products_image(product_id, url, alt, position) VALUES (?, ?, ?, ?)",
            arguments: [product, body.url, body.alt ?? "", order.count])
        order.insert(db.lastInsertedRowID, at: min(body.position ?? order.count, order.count))
        try renumber(order, in: db)
    }

    static func update(_ image: Int64, of product: Int64, with body: UpdateImage, in db: Database) throws {
        var order = try images(of: product, in: db).map(\.id)
        guard let place = order.firstIndex(of: image) else { throw Problem.notFound("image", image) }
        if let alt = body.alt { try db.execute(sql: "UPDATE products_image SET alt = ? WHERE id = ?", arguments: [alt, image]) }
        if let position = body.position {
            order.remove(at: place)
            order.insert(image, at: min(position, order.count))
            try renumber(order, in: db)
        }
    }

    static func delete(_ image: Int64, of product: Int64, in db: Database) throws {
        try db.execute(sql: "DELETE FROM products_image WHERE id = ? AND product_id = ?", arguments: [image, product])
        guard db.changesCount == 1 else { throw Problem.notFound("image", image) }
        try renumber(try images(of: product, in: db).map(\.id), in: db)
    }

    private static func renumber(_ order: [Int64], in db: Database) throws {
        for (position, image) in order.enumerated() {
            try db.execute(
                sql: "UPDATE products_image SET position = ?1 WHERE id = ?2 AND position <> ?1", arguments: [position, image])
        }
    }
}
