import CatalogAPI
import Contracts
import Messaging
import OrdersAPI
import Runtime
import Sagas
import ServiceKit
import Storage
import UsersAPI

/// `POST /orders`: who orders, at what price, and then one transaction for the order, its event, its saga and the first command.
extension OrdersService {
    func place(_ request: Request<PlaceOrder>) async throws -> Reply<OrderView> {
        let user = try await buyer(request)
        let quotes = try await quotes(for: request.body.lines ?? [], cause: request.cause)
        let placed = try OrderPricing(body: request.body, user: user, quotes: quotes, currencyWithoutPrice: settings.currency).placed()
        let card = request.body.card.flatMap(PlaceOrder.digits(ofCard:))
        let (book, saga, settings) = (book, saga, settings)
        let order = try await request.commit(context.store, headers: { Self.location(of: $0) }) { tx in
            let id = try book.place(placed, in: tx)
            let checkout = Checkout(
                orderID: id, placed: placed, card: card, hasCatalog: settings.hasCatalog, hasPayments: settings.hasPayments)
            try saga.begin(checkout.sagaID, checkout, in: tx)
            // With nobody to ask, the order has been confirmed by now.
            if !checkout.asksOthers, let order = try OrderTables(db: tx.db).order(id) { return order }
            return OrderView(placed, id: id, at: tx.now)
        }
        return Reply(order, headers: Self.location(of: order))
    }

    private static func location(of order: OrderView) -> [String: String] { ["Location": "/orders/\(order.id)"] }

    /// Whose order it will be. A caller's own token vouches for the caller; anyone else is looked up where there is a users service.
    private func buyer(_ request: Request<PlaceOrder>) async throws -> UserReference {
        guard let user = request.body.user_id ?? request.principal.map({ UserReference(principal: $0.userID) }) else {
            throw Problem.unprocessable(field: "user_id", "is required")
        }
        if let principal = request.principal {
            if principal.userID == user.text { return user }
            guard principal.isStaff else {
                throw Problem.forbidden("Only staff order for someone else; leave user_id out.", code: "not_your_order")
            }
        }
        guard settings.checksUsers else { return user }
        let unknown = Problem.unprocessable(field: "user_id", "there is no user \(user.text)")
        guard Int64(user.text) != nil else { throw unknown }
        do {
            let known = try await users.call(UsersAPI.internalUser, path: ["id": user.text], body: NoBody(), cause: request.cause)
            guard known.is_active else { throw Problem.unprocessable(field: "user_id", "user \(user.text) is not active") }
        } catch let problem as Problem where problem.status == 404 {
            throw unknown
        }
        return user
    }

    /// Current prices, in one call.
    private func quotes(for lines: [PlaceOrderLine], cause: Cause) async throws -> [Int64: OrderPricing.Quote] {
        guard !lines.isEmpty else { return [:] }
        guard settings.hasCatalog else {
            throw Problem.unprocessable(field: "lines", "cannot be ordered here: this topology has no catalog; send item and amount")
        }
        var products = [Int64]()
        for line in lines where !products.contains(line.product_id) { products.append(line.product_id) }
        var quotes = [Int64: OrderPricing.Quote]()
        for product in try await quoted(products, cause: cause) {
            quotes[product.id] = OrderPricing.Quote(
                name: product.name, priceMinor: product.price_minor, currency: product.currency, isActive: product.is_active)
        }
        return quotes
    }

    /// What the catalog says of some products: their prices, and who sells them.
    func quoted(_ products: [Int64], cause: Cause) async throws -> [ProductQuote] {
        try await catalog.call(CatalogAPI.internalProducts, body: QuoteProducts(product_ids: products), cause: cause).products
    }
}
