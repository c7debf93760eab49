import OrdersAPI

/// An order as it was accepted: checked, priced, with the card reduced to its last four digits.
struct PlacedOrder: Sendable, Hashable {
    var user: UserReference
    /// Empty for a plain total.
    var lines: [OrderedLine]
    /// With the item and plain forms, as it was sent.
    var amount: OrderAmount?
    /// In minor units of `currency`; 0 for a named item, which has no price.
    var totalMinor: Int64
    var currency: String
    var cardLast4: String?

    /// Which of the three ways of ordering it was.
    enum Form: String, Sendable { case lines, item, plain }

    var form: Form {
        guard let first = lines.first else { return .plain }
        return first.product_id == nil ? .item : .lines
    }
}
