import EventSourcing
import OrdersAPI

/// The streams of events, one an order, and what is projected from them.
enum OrderStream {
    static let events = EventStream<OrderEvent>(table: "order_events")

    /// For rebuild and compare. The live path has the order at hand and calls ``OrderProjections`` itself.
    static let projection = Projection<OrderEvent>("orders", of: events, tables: OrderProjections.tables) { recorded, db in
        guard let id = Int64(recorded.stream) else {
            throw UnknownOrderEvent(type: "\(recorded.event.typeName) of stream \(recorded.stream)")
        }
        var order = recorded.version == 1 ? Order() : try OrderTables(db: db).aggregate(id)
        order.apply(recorded.event)
        try OrderProjections(db: db).apply(recorded.event, order: order, id: id, at: recorded.at)
    }
}
