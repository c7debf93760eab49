import Commerce
import Contracts
import OrdersAPI

/// From what a client asks for to an order with prices: the three forms of `POST /orders`. Pure.
struct OrderPricing {
    /// A product as the catalog quotes it.
    struct Quote: Sendable, Hashable {
        var name: String
        var priceMinor: Int64
        var currency: String
        var isActive: Bool
    }

    let body: PlaceOrder
    let user: UserReference
    /// By product; needed by the lines form only.
    var quotes: [Int64: Quote] = [:]
    /// What an order of a named item is booked in: its total is 0.
    var currencyWithoutPrice = Currency.usd

    /// - Throws: ``Problem`` 422 naming the fields that are wrong.
    func placed() throws(Problem) -> PlacedOrder {
        var placed = PlacedOrder(user: user, lines: [], amount: body.amount, totalMinor: 0, currency: currencyWithoutPrice.code)
        placed.cardLast4 = body.card.flatMap(PlaceOrder.digits(ofCard:)).map { String($0.suffix(4)) }
        if let lines = body.lines {
            try price(lines, into: &placed)
        } else if let item = body.item, case .count(let count) = body.amount {
            placed.lines = [OrderedLine(item: item, quantity: Int(count), unit_minor: 0)]
        } else if case .total(let decimal) = body.amount, let code = body.currency {
            let total = try total(decimal, code)
            placed.totalMinor = total.minorUnits
            placed.currency = total.currency.code
        } else {
            // Bodies are validated before they come here; this is for callers that did not.
            throw .unprocessable(errors: Validation.errors(of: body))
        }
        return placed
    }

    private func price(_ lines: [PlaceOrderLine], into placed: inout PlacedOrder) throws(Problem) {
        var errors = [FieldError]()
        var total: Int64 = 0
        var currency: String?
        for (index, line) in lines.enumerated() {
            let field = "lines[\(index)].product_id"
            guard let quote = quotes[line.product_id] else {
                errors.append(FieldError(field: field, message: "there is no product \(line.product_id)"))
                continue
            }
            guard quote.isActive else {
                errors.append(FieldError(field: field, message: "product \(line.product_id) is not for sale"))
                continue
            }
            if let currency, currency != quote.currency {
                errors.append(FieldError(field: field, message: "is priced in \(quote.currency), the lines before it in \(currency)"))
                continue
            }
            currency = quote.currency
            let (amount, overflowed) = quote.priceMinor.multipliedReportingOverflow(by: Int64(line.quantity))
            let (sum, overflowedAgain) = total.addingReportingOverflow(amount)
            guard !overflowed, !overflowedAgain, sum <= Money.minorUnitsMax else {
                let most = OrderMoney.decimal(Money.minorUnitsMax, quote.currency)
                errors.append(
                    FieldError(field: "lines[\(index)].quantity", message: "makes the total more than \(most) \(quote.currency)"))
                continue
            }
            total = sum
            placed.lines.append(
                OrderedLine(product_id: line.product_id, item: quote.name, quantity: line.quantity, unit_minor: quote.priceMinor))
        }
        guard errors.isEmpty else { throw .unprocessable(errors: errors) }
        placed.totalMinor = total
        if let currency { placed.currency = currency }
    }

    private func total(_ decimal: String, _ code: String) throws(Problem) -> Money {
        let total: Money
        do {
            total = try Money(bounded: decimal, code)
        } catch {
            if case .unknownCurrency = error { throw .unprocessable(field: "currency", "must be a currency code of ISO 4217, such as USD") }
            throw .unprocessable(field: "amount", error.description)
        }
        guard total.isPositive else { throw .unprocessable(field: "amount", "must be more than 0") }
        return total
    }
}
