import EventSourcing
import OrdersAPI

/// What happened to an order: the truth from which every other table of this service can be written anew.
enum OrderEvent: Sendable, Hashable {
    case placed(PlacedOrder)
    case stockReserved
    case paymentAuthorized(paymentID: Int64)
    case paymentDeclined(OrderReason)
    case confirmed(invoiceNumber: Int64)
    case paymentCaptured(paymentID: Int64)
    case shipmentCreated(number: Int, carrier: String?, tracking: String?)
    case shipmentShipped(number: Int, carrier: String?, tracking: String?)
    case shipmentDelivered(number: Int)
    case rejected(OrderReason)
    case cancelled(OrderReason)
    case compensated(OrderReason)
}

// MARK: - As rows of order_events

/// The JSON is flat: `type`, and beside it what ``OrderEventData`` holds.
extension OrderEvent: StoredEvent {
    /// Stored with each event; never renamed.
    var typeName: String {
        switch self {
        case .placed: "OrderPlaced"
        case .stockReserved: "StockReserved"
        case .paymentAuthorized: "PaymentAuthorized"
        case .paymentDeclined: "PaymentDeclined"
        case .confirmed: "OrderConfirmed"
        case .paymentCaptured: "PaymentCaptured"
        case .shipmentCreated: "ShipmentCreated"
        case .shipmentShipped: "ShipmentShipped"
        case .shipmentDelivered: "ShipmentDelivered"
        case .rejected: "OrderRejected"
        case .cancelled: "OrderCancelled"
        case .compensated: "OrderCompensated"
        }
    }

    var data: OrderEventData {
        switch self {
        case .placed(let order):
            OrderEventData(
                user_id: order.user, lines: order.lines, amount: order.amount, total_minor: order.totalMinor, currency: order.currency,
                card_last4: order.cardLast4)
        case .stockReserved: OrderEventData()
        case .paymentAuthorized(let paymentID), .paymentCaptured(let paymentID): OrderEventData(payment_id: paymentID)
        case .confirmed(let invoiceNumber): OrderEventData(invoice_number: invoiceNumber)
        case .shipmentCreated(let number, let carrier, let tracking), .shipmentShipped(let number, let carrier, let tracking):
            OrderEventData(shipment: number, carrier: carrier, tracking: tracking)
        case .shipmentDelivered(let number): OrderEventData(shipment: number)
        case .paymentDeclined(let reason), .rejected(let reason), .cancelled(let reason), .compensated(let reason):
            OrderEventData(reason: reason)
        }
    }

    private enum CodingKeys: String, CodingKey { case type }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(typeName, forKey: .type)
        try data.encode(to: encoder)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(type: try container.decode(String.self, forKey: .type), data: try OrderEventData(from: decoder))
    }

    /// - Throws: ``UnknownOrderEvent`` for a type or a shape that this build does not know.
    init(type: String, data: OrderEventData) throws {
        let unknown = UnknownOrderEvent(type: type)
        func required<T>(_ value: T?) throws -> T {
            guard let value else { throw unknown }
            return value
        }
        switch type {
        case "OrderPlaced":
            self = .placed(
                PlacedOrder(
                    user: try required(data.user_id), lines: try required(data.lines), amount: data.amount,
                    totalMinor: try required(data.total_minor), currency: try required(data.currency), cardLast4: data.card_last4))
        case "StockReserved": self = .stockReserved
        case "PaymentAuthorized": self = .paymentAuthorized(paymentID: try required(data.payment_id))
        case "PaymentDeclined": self = .paymentDeclined(try required(data.reason))
        case "OrderConfirmed": self = .confirmed(invoiceNumber: try required(data.invoice_number))
        case "PaymentCaptured": self = .paymentCaptured(paymentID: try required(data.payment_id))
        case "ShipmentCreated": self = .shipmentCreated(number: try required(data.shipment), carrier: data.carrier, tracking: data.tracking)
        case "ShipmentShipped": self = .shipmentShipped(number: try required(data.shipment), carrier: data.carrier, tracking: data.tracking)
        case "ShipmentDelivered": self = .shipmentDelivered(number: try required(data.shipment))
        case "OrderRejected": self = .rejected(try required(data.reason))
        case "OrderCancelled": self = .cancelled(try required(data.reason))
        case "OrderCompensated": self = .compensated(try required(data.reason))
        default: throw unknown
        }
    }
}

/// A row of order_events that this build cannot read: written by a newer one, or damaged.
struct UnknownOrderEvent: Error, CustomStringConvertible {
    let type: String
    var description: String { "an order event of type \(type) cannot be read by this build" }
}
