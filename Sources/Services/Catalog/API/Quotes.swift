import Contracts

/// Asks for the current prices of some products, to price an order.
public struct QuoteProducts: Codable, Sendable, Hashable {
    public var product_ids: [Int64]

    public init(product_ids: [Int64]) { self.product_ids = product_ids }
}

extension QuoteProducts: Validatable {
    public func validate(_ check: inout Validation) {
        check.require(
            (1...CatalogLimits.quotedProductsMax).contains(product_ids.count), field: "product_ids",
            "must have 1 to \(CatalogLimits.quotedProductsMax) numbers")
    }
}

/// Prices in the order of the request; products that never existed are missing.
public struct ProductQuotes: Codable, Sendable, Hashable {
    public var products: [ProductQuote]

    public init(products: [ProductQuote]) { self.products = products }
}

public struct ProductQuote: Codable, Sendable, Hashable {
    public var id: Int64
    public var sku: String
    public var name: String
    public var price_minor: Int64
    public var currency: String
    /// False for products that are switched off or deleted: they cannot be ordered.
    public var is_active: Bool
    /// Who sells it; never changes.
    public var seller_id: String

    public init(id: Int64, sku: String, name: String, price_minor: Int64, currency: String, is_active: Bool, seller_id: String) {
        self.id = id
        self.sku = sku
        self.name = name
        self.price_minor = price_minor
        self.currency = currency
        self.is_active = is_active
        self.seller_id = seller_id
    }
}
