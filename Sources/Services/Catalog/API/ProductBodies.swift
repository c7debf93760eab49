import Commerce
import Contracts

/// Body of a new product.
public struct CreateProduct: Codable, Sendable, Hashable {
    /// The seller's own code, unique among products that are not deleted.
    public var sku: String
    public var name: String
    public var description: String?
    /// Decimal string, `"99.90"`.
    public var price: String
    public var currency: String
    public var category_id: Int64?
    /// Honoured for staff (and where a topology has no authentication); for others it is always the caller.
    public var seller_id: String?
    /// First stock; 0 when absent.
    public var on_hand: Int?
    public var is_active: Bool?

    public init(
        sku: String, name: String, description: String? = nil, price: String, currency: String, category_id: Int64? = nil,
        seller_id: String? = nil, on_hand: Int? = nil, is_active: Bool? = nil
    ) {
        self.sku = sku
        self.name = name
        self.description = description
        self.price = price
        self.currency = currency
        self.category_id = category_id
        self.seller_id = seller_id
        self.on_hand = on_hand
        self.is_active = is_active
    }
}

extension CreateProduct: Validatable {
    public func validate(_ check: inout Validation) {
        check.length(sku, in: 1...64, field: "sku")
        check.length(name, in: 1...200, field: "name")
        check.length(description, in: 0...10_000, field: "description", form: .lines)
        check.price(price, currency)
        check.range(on_hand, in: 0...CatalogLimits.quantityMax, field: "on_hand")
        check.length(seller_id, in: 1...64, field: "seller_id")
    }
}

/// What to change of a product; absent fields stay as they are.
public struct UpdateProduct: Codable, Sendable, Hashable {
    public var sku: String?
    public var name: String?
    public var description: String?
    /// With a new currency a new price is needed too.
    public var price: String?
    public var currency: String?
    public var category_id: Int64?
    public var is_active: Bool?
    /// When given, the change is refused with 409 `revision_conflict` unless this is the product's revision.
    public var revision: Int?

    public init(
        sku: String? = nil, name: String? = nil, description: String? = nil, price: String? = nil, currency: String? = nil,
        category_id: Int64? = nil, is_active: Bool? = nil, revision: Int? = nil
    ) {
        self.sku = sku
        self.name = name
        self.description = description
        self.price = price
        self.currency = currency
        self.category_id = category_id
        self.is_active = is_active
        self.revision = revision
    }
}

extension UpdateProduct: Validatable {
    public func validate(_ check: inout Validation) {
        check.length(sku, in: 1...64, field: "sku")
        check.length(name, in: 1...200, field: "name")
        check.length(description, in: 0...10_000, field: "description", form: .lines)
        check.require(currency == nil || price != nil, field: "price", "is needed when the currency changes")
        // A price alone is checked against the product's own currency, by the service.
        if let price, let currency { check.price(price, currency) }
    }
}

/// Bounds of quantities and lists in the catalog.
public enum CatalogLimits {
    public static let quantityMax = 1_000_000_000
    public static let linesMax = 200
    public static let imagesMax = 20
    public static let quotedProductsMax = 500
    public static let categoryDepthMax = 8
}

extension Validation {
    mutating func price(_ price: String, _ currency: String) {
        guard let known = Currency(currency) else {
            require(false, field: "currency", MoneyError.unknownCurrency(currency).description)
            return
        }
        do {
            require(!(try Money(bounded: price, known).isNegative), field: "price", "must not be negative")
        } catch {
            require(false, field: "price", error.description)
        }
    }
}
