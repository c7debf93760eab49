import Contracts
import Runtime

/// prepared → shipped → delivered
public enum ShipmentStatus: String, Codable, Sendable, Hashable, CaseIterable { case prepared, shipped, delivered }

/// Body of `POST /orders/{id}/shipments`.
public struct CreateShipment: Codable, Sendable, Hashable, Validatable {
    public var carrier: String?
    public var tracking: String?

    public init(carrier: String? = nil, tracking: String? = nil) {
        self.carrier = carrier
        self.tracking = tracking
    }

    public func validate(_ check: inout Validation) { requireShortNames(&check, carrier: carrier, tracking: tracking) }
}

/// Body of `POST /orders/{id}/shipments/{number}/shipped`; what is given replaces what was known.
public struct MarkShipped: Codable, Sendable, Hashable, Validatable {
    public var carrier: String?
    public var tracking: String?

    public init(carrier: String? = nil, tracking: String? = nil) {
        self.carrier = carrier
        self.tracking = tracking
    }

    public func validate(_ check: inout Validation) { requireShortNames(&check, carrier: carrier, tracking: tracking) }
}

private func requireShortNames(_ check: inout Validation, carrier: String?, tracking: String?) {
    check.length(carrier, in: 0...100, field: "carrier")
    check.length(tracking, in: 0...100, field: "tracking")
}

public struct ShipmentView: Codable, Sendable, Hashable {
    public var order_id: Int64
    /// 1 for the order's first shipment.
    public var number: Int
    public var status: ShipmentStatus
    public var carrier: String?
    public var tracking: String?
    public var created_at: Timestamp
    public var shipped_at: Timestamp?
    public var delivered_at: Timestamp?

    public init(
        order_id: Int64, number: Int, status: ShipmentStatus, carrier: String? = nil, tracking: String? = nil, created_at: Timestamp,
        shipped_at: Timestamp? = nil, delivered_at: Timestamp? = nil
    ) {
        self.order_id = order_id
        self.number = number
        self.status = status
        self.carrier = carrier
        self.tracking = tracking
        self.created_at = created_at
        self.shipped_at = shipped_at
        self.delivered_at = delivered_at
    }
}
