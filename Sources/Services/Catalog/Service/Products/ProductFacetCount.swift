import CatalogAPI
import GRDB

/// Counts everything that a filter finds, by category, seller, currency and rating: what a shop shows beside its list.
struct ProductFacetCount {
    let filter: ProductFilter
    /// Values shown of each facet, the most frequent first.
    private let valuesMax = 20

    init(filter: ProductFilter) { self.filter = filter }

    func run(in db: Database) throws -> ProductFacets {
        let source = try filter.source(in: db)
        func rows(_ columns: String, groupedBy group: String, orderedBy order: String) throws -> [Row] {
            try Row.fetchAll(
                db, sql: "SELECT \(columns) FROM \(source.sql) GROUP BY \(group) ORDER BY \(order) LIMIT \(valuesMax)",
                arguments: source.arguments)
        }
        let categories = try rows(
            "p.category_id, (SELECT name FROM products_category c WHERE c.id = p.category_id), count(*)", groupedBy: "p.category_id",
            orderedBy: "3 DESC, 1")
        let sellers = try rows("p.seller_id, count(*)", groupedBy: "p.seller_id", orderedBy: "2 DESC, 1")
        let prices = try rows(
            "p.currency, min(p.price_minor), max(p.price_minor), count(*)", groupedBy: "p.currency", orderedBy: "4 DESC, 1")
        let ratings = try rows("p.rating_sum / max(p.rating_count, 1), count(*)", groupedBy: "1", orderedBy: "1 DESC")
        let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(source.sql)", arguments: source.arguments) ?? 0
        return ProductFacets(
            total: total,
            categories: categories.map { CategoryFacet(category_id: $0[0], name: $0[1], count: $0[2]) },
            sellers: sellers.map { SellerFacet(seller_id: $0[0], count: $0[1]) },
            prices: prices.map {
                PriceFacet(
                    currency: $0[0], min: ProductRecord.decimal($0[1], $0[0]), max: ProductRecord.decimal($0[2], $0[0]), count: $0[3])
            },
            ratings: ratings.map { RatingFacet(stars: $0[0], count: $0[1]) })
    }
}
