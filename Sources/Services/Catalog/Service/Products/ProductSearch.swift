import CatalogAPI
import Contracts
import Foundation
import GRDB

/// One page of a search, by keyset: the cursor holds the last row's sort value and number, so nothing is left out or shown twice while
/// products come and go. Sorted by newest a page costs the same wherever it lies, and by price it does within a currency; by name, rating
/// and relevance there is no index, and each page reads and sorts everything the filter finds.
struct ProductSearch {
    var filter: ProductFilter
    var sort: ProductSort
    var limit: Int
    var cursor: String?
    var wantsFacets = false

    func run(in db: Database) throws -> ProductList {
        let source = try filter.source(in: db)
        let key = sortKey
        var sql = "SELECT \(ProductRecord.columns), i.on_hand - i.reserved, \(key.expression) AS sort_value FROM \(source.sql)"
        var arguments = source.arguments
        if let cursor {
            let last = try ProductCursor(text: cursor, sort: sort)
            // Ties are broken by the number, in the direction of the sort.
            sql += " AND (\(key.expression), p.id) \(key.isDescending ? "<" : ">") (?, ?)"
            arguments += [last.value, last.id]
        }
        let direction = key.isDescending ? "DESC" : "ASC"
        sql += " ORDER BY sort_value \(direction), p.id \(direction) LIMIT ?"
        arguments += [limit + 1]
        let rows = try Row.fetchAll(db, sql: sql, arguments: arguments)
        let page = rows.prefix(limit)
        let images = try ImageTable.images(ofAll: page.map { $0[0] }, in: db)
        let items = page.map { row in
            let product = ProductRecord(row)
            return product.view(images: images[product.id] ?? [], available: row[ProductRecord.columnCount])
        }
        let next = rows.count > limit ? page.last.map { ProductCursor(sort: sort, value: $0["sort_value"], id: $0[0]).text } : nil
        return ProductList(items: items, next_cursor: next, facets: wantsFacets ? try ProductFacetCount(filter: filter).run(in: db) : nil)
    }

    private var sortKey: (expression: String, isDescending: Bool) {
        switch sort {
        case .relevance: (filter.pattern == nil ? "p.id" : "s.relevance", filter.pattern == nil)
        case .newest: ("p.id", true)
        case .name: ("lower(p.name)", false)
        case .rating: ("(p.rating_sum * 1000 / max(p.rating_count, 1))", true)
        case .priceAscending: ("p.price_minor", false)
        case .priceDescending: ("p.price_minor", true)
        }
    }
}

/// Where the next page begins. Opaque to clients: base 64 of a JSON array.
struct ProductCursor {
    let sort: ProductSort
    let value: DatabaseValue
    let id: Int64

    init(sort: ProductSort, value: DatabaseValue, id: Int64) {
        self.sort = sort
        self.value = value
        self.id = id
    }

    private struct Content: Codable {
        var sort: ProductSort
        var text: String?
        var integer: Int64?
        /// Bits of a floating-point value: relevance must come back exactly.
        var bits: UInt64?
        var id: Int64
    }

    /// - Throws: ``Problem`` 400 for a text that is no cursor, or one of another sort.
    init(text: String, sort: ProductSort) throws {
        let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded.replacing("-", with: "+").replacing("_", with: "/")),
            let content = try? JSONDecoder().decode(Content.self, from: data),  // any failure means: not a cursor of ours
            content.sort == sort
        else { throw Problem.badRequest(code: "cursor_invalid", detail: "The cursor does not belong to this list; begin without one.") }
        let value =
            content.text?.databaseValue ?? content.integer?.databaseValue ?? content.bits.map { Double(bitPattern: $0).databaseValue }
        self.init(sort: sort, value: value ?? .null, id: content.id)
    }

    var text: String {
        var content = Content(sort: sort, id: id)
        switch value.storage {
        case .int64(let integer): content.integer = integer
        case .double(let double): content.bits = double.bitPattern
        case .string(let string): content.text = string
        case .null, .blob: break
        }
        guard let data = try? JSONEncoder().encode(content) else { return "" }  // a struct of numbers and text always encodes
        return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
