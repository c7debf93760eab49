import CatalogAPI
import Commerce
import Contracts
import GRDB

/// What a list of products is narrowed to, and the SQL for it.
struct ProductFilter: Hashable {
    var words: String?
    var categoryID: Int64?
    var sellerID: String?
    var currency: Currency?
    var minPriceMinor: Int64?
    var maxPriceMinor: Int64?
    var minRating: Int?
    var inStockOnly = false

    /// Rows of products_product `p` with their stock `i`, and with words also their relevance `s.relevance` (smaller is better).
    func source(in db: Database) throws -> (sql: String, arguments: StatementArguments) {
        var from = "products_product p JOIN products_inventory i ON i.product_id = p.id"
        var conditions = ["p.deleted_at IS NULL", "p.is_active"]
        var arguments = StatementArguments()
        if let pattern {
            // Weights: a word in the name says more than one in the SKU, and that more than one in the description.
            from += """
                 JOIN (SELECT rowid AS product_id, bm25(products_search, 10.0, 1.0, 5.0) AS relevance
                       FROM products_search WHERE products_search MATCH ?) s ON s.product_id = p.id
                """
            arguments += [pattern]
        }
        if let categoryID {
            guard let path = try CategoryTable.path(of: categoryID, in: db) else { throw Problem.notFound("category", categoryID) }
            let subtree = CategoryTable.subtree(of: path)
            conditions.append("p.category_id IN (SELECT id FROM products_category WHERE path >= ? AND path < ?)")
            arguments += [subtree.lowerBound, subtree.upperBound]
        }
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("p.seller_id = ?", sellerID)
        add("p.currency = ?", currency?.code)
        add("p.price_minor >= ?", minPriceMinor)
        add("p.price_minor <= ?", maxPriceMinor)
        add("p.rating_count > 0 AND p.rating_sum >= ? * p.rating_count", minRating)
        if inStockOnly { conditions.append("i.on_hand > i.reserved") }
        return ("\(from) WHERE \(conditions.joined(separator: " AND "))", arguments)
    }

    /// The words as an FTS5 query: each must occur, the last one may be the beginning of a word. Nil when there is no word at all.
    /// Everything but letters and digits separates words, so that no text of a client is ever read as FTS5 syntax.
    var pattern: String? {
        let found = (words ?? "").split { !($0.isLetter || $0.isNumber) }.prefix(16)
        guard !found.isEmpty else { return nil }
        return found.map { "\"\($0)\"" }.joined(separator: " ") + "*"
    }
}
