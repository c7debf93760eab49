import CatalogAPI
import Contracts
import Lab
import OrdersAPI
import Runtime
import ServiceKit
import UsersAPI

/// A person at the marketplace: registers, logs in, offers and orders.
///
///     let ana = try await lab.client.register("ana@example.com")
///     let order = try await lab.client.placeOrder(by: ana.id, [.init(product_id: 1, quantity: 2)])
///     try await lab.settle()
///     #expect(try await lab.client.order(order.id).status == .confirmed)
///
/// What the lab has promised is written to the ``Journal``: `order` with its key, `stock` with what there was at the beginning.
public struct MarketplaceClient: Sendable {
    public var client: Client

    public init(_ client: Client) { self.client = client }

    public enum Card {
        public static let approved = "4242424242424242"
        public static let declined = "4000000000000002"
        public static let insufficientFunds = "4000000000009995"
        /// No answer the first time, approved when asked again.
        public static let slow = "4000000000000259"
        /// Approved, and told twice.
        public static let toldTwice = "4000000000000341"
    }

    // MARK: People

    @discardableResult
    public func register(_ email: String, fullName: String = "A. Customer", password: String? = nil) async throws -> UserView {
        try await client.send(.post, "/api/v1/users", RegisterUser(email: email, full_name: fullName, password: password))
    }

    /// The same person with the token of a session.
    public func logIn(_ email: String, password: String) async throws -> MarketplaceClient {
        let tokens: TokenPair = try await client.send(.post, "/api/v1/auth/login", LogIn(email: email, password: password))
        var loggedIn = self
        loggedIn.client.token = tokens.access_token
        return loggedIn
    }

    /// The staff account of a lab with accounts.
    public func logInAsStaff() async throws -> MarketplaceClient {
        try await logIn("admin@lab.local", password: try client.lab.secret("staff_password"))
    }

    // MARK: Goods

    @discardableResult
    public func createProduct(_ name: String, price: String = "9.90", onHand: Int) async throws -> ProductView {
        let product: ProductView = try await client.send(
            .post, "/api/v1/products", CreateProduct(sku: name, name: name, price: price, currency: "USD", on_hand: onHand))
        client.lab.journal.record("stock", String(product.id), ["on_hand": String(onHand)])
        return product
    }

    // MARK: Orders

    /// - Parameters:
    ///   - user: nil for the one who is logged in.
    ///   - key: of the request; sent again with the same key it is answered the same.
    public func placeOrder(
        by user: Int64? = nil, _ lines: [PlaceOrderLine], card: String = Card.approved, key: String? = nil
    ) async throws -> OrderView {
        let key = key ?? client.world.makeID()
        let body = PlaceOrder(user_id: user.map { UserReference(principal: String($0)) }, lines: lines, card: card)
        client.lab.journal.record("order asked", key)
        let order: OrderView = try await client.send(.post, "/api/v1/orders", body, key: key)
        client.lab.journal.record("order", String(order.id), ["key": key])
        return order
    }

    public func order(_ id: Int64) async throws -> OrderView { try await client.get("/api/v1/orders/\(id)") }

    /// - Throws: `Problem` 409 `order_not_cancellable` when it is too late.
    @discardableResult
    public func cancelOrder(_ id: Int64, reason: String? = nil) async throws -> OrderView {
        try await client.send(.post, "/api/v1/orders/\(id)/cancel", CancelOrder(reason: reason))
    }
}

extension SimulatedLab {
    /// One more person at the marketplace, with a lane of their own.
    public func person(_ name: String) -> MarketplaceClient { MarketplaceClient(Client(self, named: name)) }
}
