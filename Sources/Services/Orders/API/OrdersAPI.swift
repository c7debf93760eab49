import Contracts
import Messaging
import Runtime

/// Orders and their checkout: what other services may call, and the events they may follow.
///
///     let order = try await orders.call(OrdersAPI.get, path: ["id": "42"], cause: cause)
///
/// An order is accepted at once (`pending`) and decided by the checkout saga; `GET /orders/{id}?wait=confirmed` answers when it is, or
/// after ``waitSecondsMax`` with the order as it is then.
public enum OrdersAPI: ServiceAPI {
    public static let name = "orders"
    public static let summary = "Orders: event sourced, checked out by a saga, with status tracking, shipments and invoices."

    // MARK: Endpoints

    public static let place = Endpoint<PlaceOrder, OrderView>(
        .post, "/orders", "placeOrder",
        summary: "Places an order: catalog lines, a number of a named item, or a plain total.",
        access: .authenticated, success: 201, idempotencyKey: true)

    public static let list = Endpoint<NoBody, Page<OrderView>>(
        .get, "/orders", "listOrders", summary: "Orders, newest first; one's own unless the caller is staff.",
        access: .authenticated,
        parameters: [
            .query("user_id", .string, "Only this user's orders."),
            .query("status", .string, "Only orders in this status.", allowed: OrderStatus.allCases.map(\.rawValue)),
        ] + Parameter.paging)

    public static let get = Endpoint<NoBody, OrderView>(
        .get, "/orders/{id}", "getOrder",
        summary: "An order; with wait=confirmed once its checkout is decided, or as it is after \(waitSecondsMax) s.",
        access: .ownerOrStaff,
        parameters: [
            id,
            .query(
                "wait", .string,
                "Answer when the order has left pending, reserved and paid; after \(waitSecondsMax) s as it is then: ask again.",
                allowed: ["confirmed"]),
        ])

    /// How long `wait=confirmed` waits at most. Less than the 10 s for which the gateway waits for an answer: a wait that it
    /// gives up counts as a failure of this service, and a few of those open its breaker for everybody.
    public static let waitSecondsMax = 8

    public static let cancel = Endpoint<CancelOrder, OrderView>(
        .post, "/orders/{id}/cancel", "cancelOrder",
        summary: "Asks the checkout to give up. What was reserved and authorised is released first; then the order is cancelled.",
        access: .ownerOrStaff, parameters: [id], success: 202, idempotencyKey: true)

    public static let eventStream = Endpoint<NoBody, Page<OrderEventView>>(
        .get, "/orders/{id}/events", "listOrderEvents", summary: "The order's event stream, oldest first.",
        access: .ownerOrStaff, parameters: [id])

    public static let timeline = Endpoint<NoBody, OrderTimeline>(
        .get, "/orders/{id}/timeline", "getOrderTimeline", summary: "Status tracking: when the order reached which status.",
        access: .ownerOrStaff, parameters: [id])

    /// JSON, or HTML when `Accept` prefers `text/html`.
    public static let invoice = Endpoint<NoBody, InvoiceView>(
        .get, "/orders/{id}/invoice", "getInvoice", summary: "The invoice of a confirmed order, as JSON or (by Accept) as HTML.",
        access: .ownerOrStaff, parameters: [id])

    public static let saga = Endpoint<NoBody, CheckoutView>(
        .get, "/orders/{id}/saga", "getCheckoutSaga", summary: "The order's checkout saga: status, step, log, and a Mermaid drawing.",
        access: .ownerOrStaff, parameters: [id])

    public static let listShipments = Endpoint<NoBody, Page<ShipmentView>>(
        .get, "/orders/{id}/shipments", "listShipments", summary: "The order's shipments.", access: .ownerOrStaff, parameters: [id])

    public static let createShipment = Endpoint<CreateShipment, ShipmentView>(
        .post, "/orders/{id}/shipments", "createShipment",
        summary: "Prepares another shipment of a confirmed order. For staff, and sellers who sell all of it.",
        access: .roles(["seller", "staff"]), parameters: [id], success: 201, idempotencyKey: true)

    public static let markShipped = Endpoint<MarkShipped, ShipmentView>(
        .post, "/orders/{id}/shipments/{number}/shipped", "markShipped",
        summary: "The shipment has left. With the last one the order is shipped. For staff, and sellers who sell all of it.",
        access: .roles(["seller", "staff"]), parameters: [id, number])

    public static let markDelivered = Endpoint<NoBody, ShipmentView>(
        .post, "/orders/{id}/shipments/{number}/delivered", "markDelivered",
        summary: "The shipment has arrived. With the last one the order is delivered. For staff, and sellers who sell all of it.",
        access: .roles(["seller", "staff"]), parameters: [id, number])

    /// Counts for benches and torture runs.
    public static let check = Endpoint<NoBody, OrdersCheck>(
        .get, "/internal/orders/check", "checkOrders", summary: "Orders by status, and checkouts that are still running.",
        access: .internal)

    public static let checkProjections = Endpoint<NoBody, ProjectionReport>(
        .get, "/internal/orders/projections", "checkProjections",
        summary: "Replays every event stream beside the live tables and lists the rows that differ.", access: .internal)

    public static let rebuildProjections = Endpoint<NoBody, ProjectionReport>(
        .post, "/internal/orders/projections/rebuild", "rebuildProjections",
        summary: "Writes the projections anew from the event streams, in one transaction.", access: .internal)

    public static let endpoints: [EndpointDeclaration] = [
        place.declaration, list.declaration, get.declaration, cancel.declaration, eventStream.declaration, timeline.declaration,
        invoice.declaration, saga.declaration, listShipments.declaration, createShipment.declaration, markShipped.declaration,
        markDelivered.declaration, check.declaration, checkProjections.declaration, rebuildProjections.declaration,
    ]

    private static let id = Parameter.path("id", .integer, "The order's number.")
    private static let number = Parameter.path("number", .integer, "The shipment's number within the order, from 1.")

    // MARK: Events

    /// Key and subject: the order's identifier.
    public static let events = Topic("order-events")

    public static let placed = MessageType<OrderPlaced>("Order.Placed.v1", on: events, "An order was accepted and its checkout begins.")
    public static let confirmed = MessageType<OrderConfirmed>(
        "Order.Confirmed.v1", on: events, "Stock and payment are certain; the order will be fulfilled.")
    public static let rejected = MessageType<OrderRejected>(
        "Order.Rejected.v1", on: events, "The order cannot be fulfilled: declined, short of stock, or timed out. All was released.")
    public static let cancelled = MessageType<OrderCancelled>(
        "Order.Cancelled.v1", on: events, "The order was cancelled by request before it was confirmed. All was released.")
    public static let shipped = MessageType<OrderShipped>("Order.Shipped.v1", on: events, "The last shipment of the order has left.")
    public static let delivered = MessageType<OrderDelivered>("Order.Delivered.v1", on: events, "The last shipment has arrived.")

    public static let topics: [Topic] = [events]
    public static let messages: [MessageDeclaration] = [
        MessageDeclaration(placed), MessageDeclaration(confirmed), MessageDeclaration(rejected), MessageDeclaration(cancelled),
        MessageDeclaration(shipped), MessageDeclaration(delivered),
    ]
}
