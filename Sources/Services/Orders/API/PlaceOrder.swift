import Contracts

/// Body of `POST /orders`, in one of three forms:
///
///     {"lines": [{"product_id": 7, "quantity": 2}], "card": "4242 4242 4242 4242"}      priced from the catalog
///     {"user_id": "u1", "item": "book", "amount": 2}                                    that many of a named item, without a price
///     {"user_id": 1, "amount": "99.90", "currency": "USD"}                              a plain total
///
/// Fields of two forms together, or of none, are refused with the fields' names.
public struct PlaceOrder: Codable, Sendable, Hashable {
    /// Whose order; by default the caller's own. Only staff order for someone else.
    public var user_id: UserReference?
    public var lines: [PlaceOrderLine]?
    public var item: String?
    public var amount: OrderAmount?
    /// ISO 4217, such as `USD`.
    public var currency: String?
    /// Number of a test card for the simulated processor: 12 to 19 digits, spaces and hyphens allowed. Answers show its last four digits only.
    public var card: String?

    public init(
        user_id: UserReference? = nil, lines: [PlaceOrderLine]? = nil, item: String? = nil, amount: OrderAmount? = nil,
        currency: String? = nil, card: String? = nil
    ) {
        self.user_id = user_id
        self.lines = lines
        self.item = item
        self.amount = amount
        self.currency = currency
        self.card = card
    }

    /// Limits of one order.
    public static let linesMax = 100
    public static let quantityMax = 10_000
    public static let itemCharactersMax = 200
    public static let userIDCharactersMax = 100
}

public struct PlaceOrderLine: Codable, Sendable, Hashable {
    public var product_id: Int64
    public var quantity: Int

    public init(product_id: Int64, quantity: Int) {
        self.product_id = product_id
        self.quantity = quantity
    }
}

extension PlaceOrder: Validatable {
    public func validate(_ check: inout Validation) {
        if let user_id {
            check.length(user_id.text, in: 1...Self.userIDCharactersMax, field: "user_id")
        }
        if let card {
            check.require(Self.digits(ofCard: card) != nil, field: "card", "must be a card number of 12 to 19 digits")
        }
        validateForm(&check)
    }

    private func validateForm(_ check: inout Validation) {
        if let lines {
            check.require(item == nil, field: "item", "cannot be combined with lines")
            check.require(amount == nil, field: "amount", "cannot be combined with lines: the catalog prices them")
            check.require(currency == nil, field: "currency", "cannot be combined with lines: the catalog's prices decide it")
            check.require((1...Self.linesMax).contains(lines.count), field: "lines", "must have 1 to \(Self.linesMax) lines")
            for (index, line) in lines.prefix(Self.linesMax).enumerated() {
                check.require(line.product_id >= 1, field: "lines[\(index)].product_id", "must be a product's number")
                check.require(
                    (1...Self.quantityMax).contains(line.quantity), field: "lines[\(index)].quantity", "must be 1 to \(Self.quantityMax)")
            }
        } else if let item {
            check.length(item, in: 1...Self.itemCharactersMax, field: "item")
            check.require(currency == nil, field: "currency", "cannot be combined with item: amount says how many")
            var isCount = false
            if case .count(let count)? = amount { isCount = (1...Int64(Self.quantityMax)).contains(count) }
            check.require(isCount, field: "amount", "must be how many of the item: an integer from 1 to \(Self.quantityMax)")
        } else if amount != nil || currency != nil {
            var isTotal = false
            if case .total? = amount { isTotal = true }
            check.require(isTotal, field: "amount", "must be a decimal string such as \"99.90\", or an integer together with item")
            check.require(currency != nil, field: "currency", "is required with amount: an ISO 4217 code such as USD")
        } else {
            check.require(false, field: "lines", "is required, or item and amount, or amount and currency")
            check.require(false, field: "item", "is required with amount, when there are no lines")
            check.require(false, field: "amount", "is required with item or with currency, when there are no lines")
        }
    }

    /// The digits of a card number written with or without spaces and hyphens; nil when it is not one.
    public static func digits(ofCard card: String) -> String? {
        let digits = card.filter { $0 != " " && $0 != "-" }
        let isNumber = digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isNumber && (12...19).contains(digits.utf8.count) ? digits : nil
    }
}

/// Body of `POST /orders/{id}/cancel`.
public struct CancelOrder: Codable, Sendable, Hashable, Validatable {
    /// Kept with the order, at most 200 characters.
    public var reason: String?

    public init(reason: String? = nil) { self.reason = reason }

    public func validate(_ check: inout Validation) {
        check.length(reason, in: 0...200, field: "reason", form: .lines)
    }
}
