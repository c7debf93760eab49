import CatalogAPI
import Foundation
import OrdersAPI
import PaymentsAPI
import Runtime

/// State of one checkout saga: what its commands need, kept as JSON in the saga's row.
struct Checkout: Codable, Sendable, Hashable {
    var orderID: Int64
    var userID: String
    /// Each product once.
    var stock: [StockLine]
    var totalMinor: Int64
    var currency: String
    /// The test card, in full only until the authorisation is answered or given up; then nil.
    var card: String?
    var takesPayment: Bool
    var ships: Bool
    /// Why a participant said no.
    var refusal: OrderReason?

    /// - Parameters:
    ///   - hasCatalog: whether this topology has a service that holds stock.
    ///   - hasPayments: whether it has one that takes money.
    init(orderID: Int64, placed: PlacedOrder, card: String?, hasCatalog: Bool, hasPayments: Bool) {
        self.orderID = orderID
        userID = placed.user.text
        stock = hasCatalog ? Self.stock(of: placed.lines) : []
        totalMinor = placed.totalMinor
        currency = placed.currency
        takesPayment = hasPayments && placed.totalMinor > 0
        self.card = takesPayment ? card : nil
        // A plain total names nothing that could be sent.
        ships = !placed.lines.isEmpty
    }

    var reservesStock: Bool { !stock.isEmpty }
    /// False when the order is confirmed in the transaction that places it.
    var asksOthers: Bool { reservesStock || takesPayment }
    var sagaID: String { String(orderID) }
    var paymentKey: String { CheckoutPayment.key(ofOrder: orderID) }

    /// Notes the refusal; returns its text for the saga's log.
    mutating func refuse(_ reason: OrderReason) -> String {
        refusal = reason
        return "\(reason.code): \(reason.detail)"
    }

    private static func stock(of lines: [OrderedLine]) -> [StockLine] {
        var stock = [StockLine]()
        for line in lines {
            guard let product = line.product_id else { continue }
            if let index = stock.firstIndex(where: { $0.product_id == product }) {
                stock[index].quantity += line.quantity
            } else {
                stock.append(StockLine(product_id: product, quantity: line.quantity))
            }
        }
        return stock
    }
}

/// How long the checkout waits for an answer: before the pivot until it compensates, after it until it asks again.
struct CheckoutTimeouts: Sendable {
    var reserve = Duration.seconds(30)
    var authorize = Duration.seconds(30)
}
