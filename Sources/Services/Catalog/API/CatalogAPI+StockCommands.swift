import Messaging
import Runtime

/// The stock side of a checkout: commands to the catalog and its answers. Each command may come twice and late; the order's number makes it
/// harmless. Answers carry the subject of the command, which is the saga's identifier.
extension CatalogAPI {
    public static let commands = Topic("inventory-commands")

    public static let reserve = MessageType<ReserveStock>(
        "Inventory.Reserve.v1", on: commands, "Hold stock for an order: all of its lines or none.")
    public static let release = MessageType<ReleaseStock>(
        "Inventory.Release.v1", on: commands, "Give back what an order holds. Before a Reserve: refuse that one when it comes.")
    public static let commit = MessageType<CommitStock>(
        "Inventory.Commit.v1", on: commands, "Take what an order holds out of the stock. Answered when the stock is there, be it later.")

    public static let reserved = MessageType<StockReserved>("Inventory.Reserved.v1", on: .sagaReplies, "The order holds its stock.")
    public static let refused = MessageType<StockRefused>(
        "Inventory.Refused.v1", on: .sagaReplies, "The order got no stock, and why.")
    public static let released = MessageType<StockReleased>("Inventory.Released.v1", on: .sagaReplies, "The order holds no stock.")
    public static let committed = MessageType<StockCommitted>(
        "Inventory.Committed.v1", on: .sagaReplies, "The order's stock has left the inventory.")
}

public struct StockLine: Codable, Sendable, Hashable {
    public var product_id: Int64
    public var quantity: Int

    public init(product_id: Int64, quantity: Int) {
        self.product_id = product_id
        self.quantity = quantity
    }
}

public struct ReserveStock: Codable, Sendable, Hashable {
    public var order_id: String
    public var lines: [StockLine]
    /// When the hold may lapse; absent: after the catalog's `reservation_ttl`.
    public var expires_at: Timestamp?

    public init(order_id: String, lines: [StockLine], expires_at: Timestamp? = nil) {
        self.order_id = order_id
        self.lines = lines
        self.expires_at = expires_at
    }
}

public struct ReleaseStock: Codable, Sendable, Hashable {
    public var order_id: String
    public var reason: String

    public init(order_id: String, reason: String) {
        self.order_id = order_id
        self.reason = reason
    }
}

public struct CommitStock: Codable, Sendable, Hashable {
    public var order_id: String

    public init(order_id: String) { self.order_id = order_id }
}

public struct StockReserved: Codable, Sendable, Hashable {
    public var order_id: String

    public init(order_id: String) { self.order_id = order_id }
}

public struct StockRefused: Codable, Sendable, Hashable {
    public var order_id: String
    /// `out_of_stock`, `product_unavailable`, `quantity_invalid`, `reservation_released`, `reservation_expired`.
    public var reason: String
    /// The line that decided it.
    public var product_id: Int64?

    public init(order_id: String, reason: String, product_id: Int64? = nil) {
        self.order_id = order_id
        self.reason = reason
        self.product_id = product_id
    }
}

public struct StockReleased: Codable, Sendable, Hashable {
    public var order_id: String

    public init(order_id: String) { self.order_id = order_id }
}

public struct StockCommitted: Codable, Sendable, Hashable {
    public var order_id: String

    public init(order_id: String) { self.order_id = order_id }
}
