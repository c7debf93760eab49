import Runtime

/// A product as clients see it.
public struct ProductView: Codable, Sendable, Hashable {
    public var id: Int64
    public var sku: String
    public var name: String
    public var description: String
    /// Decimal string with the currency's digits.
    public var price: String
    public var currency: String
    public var category_id: Int64?
    public var seller_id: String
    public var images: [ImageView]
    public var rating: RatingView
    /// What can be ordered now: on hand less what orders hold.
    public var available: Int
    public var is_active: Bool
    /// Grows by one with each change of the product itself; stock and reviews do not count.
    public var revision: Int
    public var created_at: Timestamp
    public var updated_at: Timestamp

    public init(
        id: Int64, sku: String, name: String, description: String, price: String, currency: String, category_id: Int64?,
        seller_id: String, images: [ImageView], rating: RatingView, available: Int, is_active: Bool, revision: Int,
        created_at: Timestamp, updated_at: Timestamp
    ) {
        self.id = id
        self.sku = sku
        self.name = name
        self.description = description
        self.price = price
        self.currency = currency
        self.category_id = category_id
        self.seller_id = seller_id
        self.images = images
        self.rating = rating
        self.available = available
        self.is_active = is_active
        self.revision = revision
        self.created_at = created_at
        self.updated_at = updated_at
    }
}

public struct ImageView: Codable, Sendable, Hashable {
    public var id: Int64
    public var url: String
    public var alt: String
    /// 0 is the first image.
    public var position: Int

    public init(id: Int64, url: String, alt: String, position: Int) {
        self.id = id
        self.url = url
        self.alt = alt
        self.position = position
    }
}

/// All reviews of a product in two numbers.
public struct RatingView: Codable, Sendable, Hashable {
    /// Mean of the ratings with two decimal digits; null without reviews.
    public var average: Double?
    public var count: Int

    public init(average: Double?, count: Int) {
        self.average = average
        self.count = count
    }
}

/// One page of products; `facets` describe the whole result, not the page.
public struct ProductList: Codable, Sendable, Hashable {
    public var items: [ProductView]
    public var next_cursor: String?
    public var facets: ProductFacets?

    public init(items: [ProductView], next_cursor: String?, facets: ProductFacets? = nil) {
        self.items = items
        self.next_cursor = next_cursor
        self.facets = facets
    }
}

public struct ProductFacets: Codable, Sendable, Hashable {
    public var total: Int
    public var categories: [CategoryFacet]
    public var sellers: [SellerFacet]
    public var prices: [PriceFacet]
    public var ratings: [RatingFacet]

    public init(total: Int, categories: [CategoryFacet], sellers: [SellerFacet], prices: [PriceFacet], ratings: [RatingFacet]) {
        self.total = total
        self.categories = categories
        self.sellers = sellers
        self.prices = prices
        self.ratings = ratings
    }
}

public struct CategoryFacet: Codable, Sendable, Hashable {
    /// Null: products without a category.
    public var category_id: Int64?
    public var name: String?
    public var count: Int

    public init(category_id: Int64?, name: String?, count: Int) {
        self.category_id = category_id
        self.name = name
        self.count = count
    }
}

public struct SellerFacet: Codable, Sendable, Hashable {
    public var seller_id: String
    public var count: Int

    public init(seller_id: String, count: Int) {
        self.seller_id = seller_id
        self.count = count
    }
}

public struct PriceFacet: Codable, Sendable, Hashable {
    public var currency: String
    public var min: String
    public var max: String
    public var count: Int

    public init(currency: String, min: String, max: String, count: Int) {
        self.currency = currency
        self.min = min
        self.max = max
        self.count = count
    }
}

public struct RatingFacet: Codable, Sendable, Hashable {
    /// Whole stars of the average, rounded down; 0: without reviews.
    public var stars: Int
    public var count: Int

    public init(stars: Int, count: Int) {
        self.stars = stars
        self.count = count
    }
}
