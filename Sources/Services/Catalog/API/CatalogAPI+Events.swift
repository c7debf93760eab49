import Messaging
import Runtime

extension CatalogAPI {
    public static let events = Topic("catalog-events")

    public static let productCreated = MessageType<ProductState>(
        "Product.Created.v1", on: events, "A product, whole, at its first revision.")
    public static let productUpdated = MessageType<ProductState>("Product.Updated.v1", on: events, "A product, whole, after a change.")
    public static let productDeleted = MessageType<ProductState>("Product.Deleted.v1", on: events, "A product left the catalog.")
    public static let reviewAdded = MessageType<ReviewAdded>("Review.Added.v1", on: events, "A user reviewed a product.")

    public static let stockAdjusted = MessageType<StockAdjustment>(
        "Stock.Adjusted.v1", on: events, "Somebody added to a product's stock or took from it.")
    public static let stockReservedEvent = MessageType<StockMovement>("Stock.Reserved.v1", on: events, "An order holds stock.")
    public static let stockReleasedEvent = MessageType<StockMovement>(
        "Stock.Released.v1", on: events, "An order's hold ended: it was cancelled, or lapsed.")
    public static let stockCommittedEvent = MessageType<StockMovement>(
        "Stock.Committed.v1", on: events, "An order's pieces left the inventory.")
}

/// The whole state of a product. Revisions have no gaps: a reader can tell duplicates, disorder and losses apart.
public struct ProductState: Codable, Sendable, Hashable {
    public var product_id: Int64
    public var revision: Int
    public var sku: String
    public var name: String
    public var description: String
    public var price_minor: Int64
    public var currency: String
    public var category_id: Int64?
    public var seller_id: String
    public var images: [ImageView]
    public var is_active: Bool
    public var is_deleted: Bool
    public var created_at: Timestamp
    public var updated_at: Timestamp

    public init(
        product_id: Int64, revision: Int, sku: String, name: String, description: String, price_minor: Int64, currency: String,
        category_id: Int64?, seller_id: String, images: [ImageView], is_active: Bool, is_deleted: Bool, created_at: Timestamp,
        updated_at: Timestamp
    ) {
        self.product_id = product_id
        self.revision = revision
        self.sku = sku
        self.name = name
        self.description = description
        self.price_minor = price_minor
        self.currency = currency
        self.category_id = category_id
        self.seller_id = seller_id
        self.images = images
        self.is_active = is_active
        self.is_deleted = is_deleted
        self.created_at = created_at
        self.updated_at = updated_at
    }
}

public struct ReviewAdded: Codable, Sendable, Hashable {
    public var review_id: Int64
    public var product_id: Int64
    public var product_name: String
    /// Who sells the product, to be told.
    public var seller_id: String
    /// Who wrote the review.
    public var user_id: String
    public var rating: Int

    public init(review_id: Int64, product_id: Int64, product_name: String, seller_id: String, user_id: String, rating: Int) {
        self.review_id = review_id
        self.product_id = product_id
        self.product_name = product_name
        self.seller_id = seller_id
        self.user_id = user_id
        self.rating = rating
    }
}

public struct StockAdjustment: Codable, Sendable, Hashable {
    public var product_id: Int64
    public var delta: Int
    public var reason: String
    /// After the adjustment.
    public var on_hand: Int
    public var reserved: Int

    public init(product_id: Int64, delta: Int, reason: String, on_hand: Int, reserved: Int) {
        self.product_id = product_id
        self.delta = delta
        self.reason = reason
        self.on_hand = on_hand
        self.reserved = reserved
    }
}

/// An order's stock changed hands.
public struct StockMovement: Codable, Sendable, Hashable {
    public var order_id: String
    public var lines: [StockLine]

    public init(order_id: String, lines: [StockLine]) {
        self.order_id = order_id
        self.lines = lines
    }
}
