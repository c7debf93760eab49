import EventSourcing
import OrdersAPI

/// An order's stream in the two forms that clients read: event by event, and as status tracking.
struct OrderHistory {
    let orderID: Int64
    let events: [RecordedEvent<OrderEvent>]

    var views: [OrderEventView] {
        events.map { OrderEventView(version: $0.version, type: $0.event.typeName, at: $0.at, data: $0.event.data) }
    }

    var timeline: OrderTimeline {
        var order = Order()
        var entries = [OrderTimeline.Entry]()
        for recorded in events {
            let before = order
            order.apply(recorded.event)
            let isNew = before.version == 0 || before.status != order.status
            entries.append(OrderTimeline.Entry(at: recorded.at, status: isNew ? order.status : nil, note: recorded.event.note))
        }
        return OrderTimeline(order_id: orderID, status: order.status, entries: entries)
    }
}

extension OrderEvent {
    /// What happened, for people.
    fileprivate var note: String {
        switch self {
        case .placed: "The order was placed."
        case .stockReserved: "The stock is set aside."
        case .paymentAuthorized: "The payment is authorised."
        case .paymentDeclined(let reason): "The payment was declined: \(reason.detail)"
        case .confirmed: "The order is confirmed."
        case .paymentCaptured: "The payment is collected."
        case .shipmentCreated(let number, _, _): "Shipment \(number) is being prepared."
        case .shipmentShipped(let number, let carrier, _): "Shipment \(number) has left" + (carrier.map { " with \($0)." } ?? ".")
        case .shipmentDelivered(let number): "Shipment \(number) has arrived."
        case .rejected(let reason): "The order was rejected: \(reason.detail)"
        case .cancelled(let reason): "The order was cancelled: \(reason.detail)"
        case .compensated(let reason): "The order was undone: \(reason.detail)"
        }
    }
}
