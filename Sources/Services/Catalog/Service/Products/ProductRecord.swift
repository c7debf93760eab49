import CatalogAPI
import Commerce
import GRDB
import Runtime

/// A row of products_product.
struct ProductRecord: Hashable {
    let id: Int64
    var sku: String
    var name: String
    var description: String
    var priceMinor: Int64
    var currency: String
    var categoryID: Int64?
    let sellerID: String
    var isActive: Bool
    var revision: Int
    let ratingCount: Int
    let ratingSum: Int
    let createdAt: Timestamp
    var updatedAt: Timestamp
    var deletedAt: Timestamp?

    /// In the order in which `init` reads them.
    static let columns = """
        p.id, p.sku, p.name, p.description, p.price_minor, p.currency, p.category_id, p.seller_id, p.is_active, p.revision,
        p.rating_count, p.rating_sum, p.created_at, p.updated_at, p.deleted_at
        """
    static let columnCount = 15

    init(_ row: Row) {
        id = row[0]
        sku = row[1]
        name = row[2]
        description = row[3]
        priceMinor = row[4]
        currency = row[5]
        categoryID = row[6]
        sellerID = row[7]
        isActive = row[8]
        revision = row[9]
        ratingCount = row[10]
        ratingSum = row[11]
        createdAt = Timestamp(microseconds: row[12])
        updatedAt = Timestamp(microseconds: row[13])
        deletedAt = (row[14] as Int64?).map(Timestamp.init(microseconds:))
    }

    func view(images: [ImageView], available: Int) -> ProductView {
        ProductView(
            id: id, sku: sku, name: name, description: description, price: Self.decimal(priceMinor, currency), currency: currency,
            category_id: categoryID, seller_id: sellerID, images: images, rating: Self.rating(sum: ratingSum, count: ratingCount),
            available: available, is_active: isActive, revision: revision, created_at: createdAt, updated_at: updatedAt)
    }

    func state(images: [ImageView]) -> ProductState {
        ProductState(
            product_id: id, revision: revision, sku: sku, name: name, description: description, price_minor: priceMinor,
            currency: currency, category_id: categoryID, seller_id: sellerID, images: images, is_active: isActive,
            is_deleted: deletedAt != nil, created_at: createdAt, updated_at: updatedAt)
    }

    /// The decimal string of a stored amount.
    static func decimal(_ minorUnits: Int64, _ currency: String) -> String {
        // Only known currencies are ever stored: the body's validation has seen them.
        guard let known = Currency(currency) else { return String(minorUnits) }
        return Money(minorUnits: minorUnits, currency: known).decimal
    }

    static func rating(sum: Int, count: Int) -> RatingView {
        RatingView(average: count == 0 ? nil : (Double(sum) * 100 / Double(count)).rounded() / 100, count: count)
    }
}
