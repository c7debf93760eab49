import OrdersAPI

/// The order as its rules see it: what has happened to it so far, and what may happen next. Pure: no clock, no database.
///
///     var order = Order()
///     for event in try order.decide(.reserveStock) { order.apply(event) }
///
/// State machine (`shipped` and `delivered` are reached with the last of the order's shipments):
///
///     pending ─→ reserved ─→ paid ─→ confirmed ─→ shipped ─→ delivered
///        │  └─────────┼──────↗↑          ↑
///        │            └────────┴─ steps that do not apply are left out
///        └──────┬─────┴────────┴─→ rejected | cancelled | compensated
struct Order: Sendable, Hashable {
    /// Number of events applied; 0 for an order that has not been placed.
    private(set) var version: Int64 = 0
    private(set) var status = OrderStatus.pending
    private(set) var payment: OrderPaymentStatus?
    /// Shipment n is element n − 1.
    private(set) var shipments = [ShipmentStatus]()

    /// An order that has not been placed.
    init() {}

    /// The same order as its projection tells it, without folding its stream again.
    init(version: Int64, status: OrderStatus, payment: OrderPaymentStatus?, shipments: [ShipmentStatus]) {
        self.version = version
        self.status = status
        self.payment = payment
        self.shipments = shipments
    }

    init(folding events: some Sequence<OrderEvent>) { for event in events { apply(event) } }

    static let shipmentsMax = 50

    // MARK: What may happen

    /// The events that `command` leads to.
    /// - Throws: ``OrderRefusal`` when the order is not in a state for it; nothing has happened then.
    func decide(_ command: OrderCommand) throws(OrderRefusal) -> [OrderEvent] {
        switch command {
        case .place(let placed):
            guard version == 0 else { throw .alreadyPlaced }
            return [.placed(placed)]
        case .reserveStock:
            try require(status == .pending, "reserve stock for")
            return [.stockReserved]
        case .authorizePayment(let paymentID):
            try require((status == .pending || status == .reserved) && payment == nil, "authorise the payment of")
            return [.paymentAuthorized(paymentID: paymentID)]
        case .declinePayment(let reason):
            try require((status == .pending || status == .reserved) && payment == nil, "decline the payment of")
            return [.paymentDeclined(reason)]
        case .confirm(let invoiceNumber):
            try require(status.isOpen && payment != .declined, "confirm")
            return [.confirmed(invoiceNumber: invoiceNumber)]
        case .capturePayment(let paymentID):
            try require(!status.isOpen && !status.hasFailed && payment == .authorized, "capture the payment of")
            return [.paymentCaptured(paymentID: paymentID)]
        case .createShipment(let carrier, let tracking):
            try require(status == .confirmed, "prepare a shipment of")
            guard shipments.count < Self.shipmentsMax else { throw .tooManyShipments }
            return [.shipmentCreated(number: shipments.count + 1, carrier: carrier, tracking: tracking)]
        case .markShipped(let number, let carrier, let tracking):
            try require(shipment: number, is: .prepared)
            return [.shipmentShipped(number: number, carrier: carrier, tracking: tracking)]
        case .markDelivered(let number):
            try require(shipment: number, is: .shipped)
            return [.shipmentDelivered(number: number)]
        case .reject(let reason):
            try require(status.isOpen, "reject")
            return [.rejected(reason)]
        case .cancel(let reason):
            try require(status.isOpen, "cancel")
            return [.cancelled(reason)]
        case .compensate(let reason):
            try require(status.isOpen, "compensate")
            return [.compensated(reason)]
        }
    }

    private func require(_ isAllowed: Bool, _ what: String) throws(OrderRefusal) {
        guard version > 0 else { throw .notPlaced }
        guard isAllowed else { throw .notPossible(what, status) }
    }

    private func require(shipment number: Int, is expected: ShipmentStatus) throws(OrderRefusal) {
        guard shipments.indices.contains(number - 1) else { throw .noSuchShipment(number) }
        let actual = shipments[number - 1]
        guard actual == expected else { throw .shipmentIs(number, actual, mustBe: expected) }
    }

    // MARK: What has happened

    mutating func apply(_ event: OrderEvent) {
        version += 1
        switch event {
        case .placed: status = .pending
        case .stockReserved: status = .reserved
        case .paymentAuthorized:
            status = .paid
            payment = .authorized
        case .paymentDeclined: payment = .declined
        case .confirmed: status = .confirmed
        case .paymentCaptured: payment = .captured
        case .shipmentCreated: shipments.append(.prepared)
        case .shipmentShipped(let number, _, _):
            shipments[number - 1] = .shipped
            if !shipments.contains(.prepared) { status = .shipped }
        case .shipmentDelivered(let number):
            shipments[number - 1] = .delivered
            if shipments.allSatisfy({ $0 == .delivered }) { status = .delivered }
        case .rejected: end(.rejected)
        case .cancelled: end(.cancelled)
        case .compensated: end(.compensated)
        }
    }

    /// By the time an order ends without being confirmed, the saga has voided what was authorised.
    private mutating func end(_ status: OrderStatus) {
        self.status = status
        if payment == .authorized { payment = .voided }
    }
}

/// What somebody wants to happen to an order.
enum OrderCommand: Sendable, Hashable {
    case place(PlacedOrder)
    case reserveStock
    case authorizePayment(paymentID: Int64)
    case declinePayment(OrderReason)
    case confirm(invoiceNumber: Int64)
    case capturePayment(paymentID: Int64)
    case createShipment(carrier: String?, tracking: String?)
    case markShipped(number: Int, carrier: String?, tracking: String?)
    case markDelivered(number: Int)
    case reject(OrderReason)
    case cancel(OrderReason)
    case compensate(OrderReason)
}

/// Why an order does not do what it is told. A business refusal: not retried, not an error of the system.
enum OrderRefusal: Error, Hashable, CustomStringConvertible {
    case notPlaced
    case alreadyPlaced
    case notPossible(String, OrderStatus)
    case noSuchShipment(Int)
    case shipmentIs(Int, ShipmentStatus, mustBe: ShipmentStatus)
    case tooManyShipments

    var description: String {
        switch self {
        case .notPlaced: "The order has not been placed."
        case .alreadyPlaced: "The order has been placed already."
        case .notPossible(let what, let status): "It is not possible to \(what) an order that is \(status.rawValue)."
        case .noSuchShipment(let number): "The order has no shipment \(number)."
        case .shipmentIs(let number, let status, let expected):
            "Shipment \(number) is \(status.rawValue); for this it must be \(expected.rawValue)."
        case .tooManyShipments: "The order has \(Order.shipmentsMax) shipments, which is the limit."
        }
    }
}
