import CatalogAPI
import Contracts
import GRDB
import Runtime
import Storage

/// Rows of products_review; each change keeps the two numbers of the product's rating in step.
enum ReviewTable {
    static func insert(_ body: AddReview, of product: ProductRecord, by user: String, in tx: StoreTransaction) throws -> ReviewView {
        guard user != product.sellerID else {
            throw Problem.forbidden(code: "own_product", detail: "Sellers do not review their own products.")
        }
        try tx.db.execute(
            sql: """
                INSERT INTO products_review(product_id, user_id, rating, title, body, created_at, updated_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
                ON CONFLICT(product_id, user_id) DO NOTHING
                """, arguments: [product.id, user, body.rating, body.title ?? "", body.body ?? "", tx.now.microseconds])
        guard tx.db.changesCount == 1 else {
            throw Problem.conflict(code: "already_reviewed", detail: "You have reviewed this product; change that review instead.")
        }
        let id = tx.db.lastInsertedRowID
        try addToRating(of: product.id, count: 1, sum: body.rating, in: tx.db)
        try tx.publish(
            CatalogAPI.reviewAdded,
            ReviewAdded(
                review_id: id, product_id: product.id, product_name: product.name, seller_id: product.sellerID, user_id: user,
                rating: body.rating), subject: String(product.id))
        return try get(id, of: product.id, in: tx.db)
    }

    /// - Throws: ``Problem`` 404.
    static func get(_ id: Int64, of product: Int64, in db: Database) throws -> ReviewView {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT \(columns) FROM products_review WHERE id = ? AND product_id = ?", arguments: [id, product])
        else { throw Problem.notFound("review", id) }
        return view(row)
    }

    static func update(_ review: ReviewView, with body: UpdateReview, in tx: StoreTransaction) throws -> ReviewView {
        let rating = body.rating ?? review.rating
        try tx.db.execute(
            sql: "UPDATE products_review SET rating = ?, title = ?, body = ?, updated_at = ? WHERE id = ?",
            arguments: [rating, body.title ?? review.title, body.body ?? review.body, tx.now.microseconds, review.id])
        try addToRating(of: review.product_id, count: 0, sum: rating - review.rating, in: tx.db)
        return try get(review.id, of: review.product_id, in: tx.db)
    }

    static func delete(_ review: ReviewView, in tx: StoreTransaction) throws {
        try tx.db.execute(sql: "DELETE FROM products_review WHERE id = ?", arguments: [review.id])
        try addToRating(of: review.product_id, count: -1, sum: -review.rating, in: tx.db)
    }

    /// Newest first.
    static func page(of product: Int64, before cursor: Int64?, limit: Int, in db: Database) throws -> Page<ReviewView> {
        let rows = try Row.fetchAll(
            db, sql: "SELECT \(columns) FROM products_review WHERE product_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            arguments: [product, cursor ?? Int64.max, limit + 1])
        let items = rows.prefix(limit).map(view)
        return Page(items: items, next_cursor: rows.count > limit ? items.last.map { String($0.id) } : nil)
    }

    private static func addToRating(of product: Int64, count: Int, sum: Int, in db: Database) throws {
        try db.execute(
            sql: "UPDATE products_product SET rating_count = rating_count + ?, rating_sum = rating_sum + ? WHERE id = ?",
            arguments: [count, sum, product])
    }

    private static let columns = "id, product_id, user_id, rating, title, body, created_at, updated_at"

    private static func view(_ row: Row) -> ReviewView {
        ReviewView(
            id: row[0], product_id: row[1], user_id: row[2], rating: row[3], title: row[4], body: row[5],
            created_at: Timestamp(microseconds: row[6]), updated_at: Timestamp(microseconds: row[7]))
    }
}
