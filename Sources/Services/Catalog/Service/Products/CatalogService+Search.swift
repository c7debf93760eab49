import CatalogAPI
import Commerce
import Contracts
import ServiceKit
import Storage

extension CatalogService {
    func listProducts(_ request: Request<NoBody>) throws -> ProductList {
        let search = try Self.search(request)
        return try store.read(search.run)
    }

    /// Reads the query. What makes no sense is refused by name, not passed over.
    static func search(_ request: Request<NoBody>) throws -> ProductSearch {
        var filter = ProductFilter(words: request.query("q"), sellerID: request.query("seller_id"))
        if let code = request.query("currency") {
            guard let currency = Currency(code) else { throw invalid("currency", MoneyError.unknownCurrency(code).description) }
            filter.currency = currency
        }
        if request.query("category_id") != nil {
            filter.categoryID = Int64(try request.queryInt("category_id", default: 0, in: 1...Int.max))
        }
        if request.query("min_rating") != nil { filter.minRating = try request.queryInt("min_rating", default: 1, in: 1...5) }
        filter.minPriceMinor = try bound("min_price", request, filter.currency)
        filter.maxPriceMinor = try bound("max_price", request, filter.currency)
        filter.inStockOnly = try request.queryBool("in_stock") ?? false

        var sort = filter.pattern == nil ? ProductSort.newest : .relevance
        if let name = request.query("sort") {
            guard let known = ProductSort(rawValue: name) else {
                throw invalid("sort", "is one of \(ProductSort.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            sort = known
        }
        if sort == .priceAscending || sort == .priceDescending, filter.currency == nil {
            throw invalid("currency", "is needed to sort by price: amounts of two currencies have no order")
        }
        return ProductSearch(
            filter: filter, sort: sort, limit: try request.limit(), cursor: request.cursor,
            wantsFacets: try request.queryBool("facets") ?? false)
    }

    private static func bound(_ name: String, _ request: Request<NoBody>, _ currency: Currency?) throws -> Int64? {
        guard let text = request.query(name) else { return nil }
        guard let currency else { throw invalid("currency", "is needed with \(name)") }
        do {
            return try Money(text, currency).minorUnits
        } catch {
            throw invalid(name, error.description)
        }
    }

    private static func invalid(_ parameter: String, _ message: String) -> Problem {
        Problem.badRequest(code: "invalid_parameter", detail: "The query parameter \(parameter): \(message).")
    }
}
