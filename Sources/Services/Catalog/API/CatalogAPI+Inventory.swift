import Contracts
import Runtime

extension CatalogAPI {
    public static let inventory = Endpoint<NoBody, InventoryView>(
        .get, "/products/{id}/inventory", "getInventory", summary: "Stock of a product: on hand, held by orders, available.",
        access: .public, parameters: [.path("id", .integer, "The product's number.")])

    public static let adjustInventory = Endpoint<AdjustInventory, InventoryView>(
        .post, "/products/{id}/inventory/adjustments", "adjustInventory",
        summary: "Adds to the stock or takes from it, with a reason, also of a deleted product. What orders hold cannot be taken.",
        access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The product's number.")], idempotencyKey: true)

    public static let adjustments = Endpoint<NoBody, Page<AdjustmentView>>(
        .get, "/products/{id}/inventory/adjustments", "listInventoryAdjustments", summary: "Past adjustments, newest first.",
        access: .ownerOrStaff, parameters: [.path("id", .integer, "The product's number.")] + Parameter.paging)

    public static let reservation = Endpoint<NoBody, ReservationView>(
        .get, "/reservations/{order_id}", "getReservation", summary: "What an order holds, and where its reservation stands.",
        access: .staff, parameters: [.path("order_id", .string, "The order's number.")])
}

public struct AdjustInventory: Codable, Sendable, Hashable {
    /// Pieces to add, or with a minus sign to take away.
    public var delta: Int
    /// `received`, `damaged`, `counted`, …: kept with the adjustment.
    public var reason: String

    public init(delta: Int, reason: String) {
        self.delta = delta
        self.reason = reason
    }
}

extension AdjustInventory: Validatable {
    public func validate(_ check: inout Validation) {
        check.require(delta != 0, field: "delta", "must not be 0")
        check.range(delta, in: -CatalogLimits.quantityMax...CatalogLimits.quantityMax, field: "delta")
        check.length(reason, in: 1...200, field: "reason", form: .lines)
    }
}

public struct InventoryView: Codable, Sendable, Hashable {
    public var product_id: Int64
    public var on_hand: Int
    public var reserved: Int
    public var available: Int

    public init(product_id: Int64, on_hand: Int, reserved: Int) {
        self.product_id = product_id
        self.on_hand = on_hand
        self.reserved = reserved
        available = on_hand - reserved
    }
}

public struct AdjustmentView: Codable, Sendable, Hashable {
    public var id: Int64
    public var delta: Int
    public var reason: String
    /// Who did it; null where a topology has no authentication.
    public var user_id: String?
    public var on_hand: Int
    public var created_at: Timestamp

    public init(id: Int64, delta: Int, reason: String, user_id: String?, on_hand: Int, created_at: Timestamp) {
        self.id = id
        self.delta = delta
        self.reason = reason
        self.user_id = user_id
        self.on_hand = on_hand
        self.created_at = created_at
    }
}

/// Where an order's claim on stock stands.
///
///     (none) ──Reserve──▶ reserved ──Commit──▶ committed
///        │                 │   │ time          ▲    ▲
///        │                 │   └──▶ expired ───┘    │ stock is back
///        │                 │          │ └─short──▶ backordered
///        │                 └──Release─┴──▶ released ◀── Release before Reserve
///        └──Reserve, not enough──▶ refused
public enum ReservationStatus: String, Codable, Sendable, Hashable, CaseIterable {
    case reserved, committed, released, refused, expired, backordered
}

public struct ReservationView: Codable, Sendable, Hashable {
    public var order_id: String
    public var status: ReservationStatus
    public var lines: [StockLine]
    public var reason: String?
    public var expires_at: Timestamp?
    public var updated_at: Timestamp

    public init(
        order_id: String, status: ReservationStatus, lines: [StockLine], reason: String?, expires_at: Timestamp?, updated_at: Timestamp
    ) {
        self.order_id = order_id
        self.status = status
        self.lines = lines
        self.reason = reason
        self.expires_at = expires_at
        self.updated_at = updated_at
    }
}
