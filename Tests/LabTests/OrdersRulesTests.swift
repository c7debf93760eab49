import OrdersAPI
import Testing

@testable import OrdersService

/// The aggregate: every command in every status.
@Suite struct OrdersRulesTests {
    static let placed = PlacedOrder(user: UserReference(7), lines: [], amount: .total("99.90"), totalMinor: 9990, currency: "USD")
    static let reason = OrderReason(code: "card_declined", detail: "The card was declined.")

    /// An order in each status, reached by the shortest way.
    static let histories: [(status: OrderStatus, events: [OrderEvent])] = {
        let confirmed: [OrderEvent] = [
            .placed(placed), .stockReserved, .paymentAuthorized(paymentID: 1), .confirmed(invoiceNumber: 1),
            .shipmentCreated(number: 1, carrier: nil, tracking: nil),
        ]
        let shipped = confirmed + [.shipmentShipped(number: 1, carrier: nil, tracking: nil)]
        return [
            (.pending, [.placed(placed)]), (.reserved, [.placed(placed), .stockReserved]),
            (.paid, [.placed(placed), .stockReserved, .paymentAuthorized(paymentID: 1)]), (.confirmed, confirmed), (.shipped, shipped),
            (.delivered, shipped + [.shipmentDelivered(number: 1)]), (.rejected, [.placed(placed), .rejected(reason)]),
            (.cancelled, [.placed(placed), .cancelled(reason)]), (.compensated, [.placed(placed), .compensated(reason)]),
        ]
    }()

    /// Which statuses a command is possible in.
    static let table: [(command: OrderCommand, possible: Set<OrderStatus>)] = [
        (.place(placed), []),
        (.reserveStock, [.pending]),
        (.authorizePayment(paymentID: 1), [.pending, .reserved]),
        (.declinePayment(reason), [.pending, .reserved]),
        (.confirm(invoiceNumber: 1), [.pending, .reserved, .paid]),
        (.capturePayment(paymentID: 1), [.confirmed, .shipped, .delivered]),
        (.createShipment(carrier: nil, tracking: nil), [.confirmed]),
        (.markShipped(number: 1, carrier: nil, tracking: nil), [.confirmed]),
        (.markDelivered(number: 1), [.shipped]),
        (.reject(reason), [.pending, .reserved, .paid]),
        (.cancel(reason), [.pending, .reserved, .paid]),
        (.compensate(reason), [.pending, .reserved, .paid]),
    ]

    @Test func `every command is possible in exactly the statuses of the table`() {
        #expect(Set(Self.histories.map(\.status)) == Set(OrderStatus.allCases))
        for history in Self.histories {
            let order = Order(folding: history.events)
            #expect(order.status == history.status)
            for (command, possible) in Self.table {
                let isPossible = (try? order.decide(command)) != nil  // the refusal's kind is not what this table is about
                #expect(isPossible == possible.contains(history.status), "\(command) when \(history.status.rawValue)")
            }
        }
    }

    @Test func `nothing but placing happens to an order that was not placed`() {
        for (command, _) in Self.table {
            if case .place = command { continue }
            #expect(throws: OrderRefusal.self) { try Order().decide(command) }
        }
    }

    @Test func `an order is shipped and delivered with the last of its shipments`() throws {
        var order = Order(folding: Self.histories[3].events)
        func perform(_ command: OrderCommand) throws { for event in try order.decide(command) { order.apply(event) } }
        try perform(.createShipment(carrier: "post", tracking: "1"))
        #expect(order.shipments == [.prepared, .prepared])
        try perform(.markShipped(number: 2, carrier: nil, tracking: nil))
        try perform(.markDelivered(number: 2))
        #expect(order.status == .confirmed, "the first shipment is still here")
        try perform(.markShipped(number: 1, carrier: nil, tracking: nil))
        #expect(order.status == .shipped)
        try perform(.markDelivered(number: 1))
        #expect(order.status == .delivered)
        #expect(throws: OrderRefusal.noSuchShipment(3)) { try order.decide(.markShipped(number: 3, carrier: nil, tracking: nil)) }
    }

    @Test func `an authorised payment is voided by the time the order ends, a declined one stays declined`() {
        let start: [OrderEvent] = [.placed(Self.placed), .stockReserved]
        #expect(Order(folding: start + [.paymentAuthorized(paymentID: 1), .cancelled(Self.reason)]).payment == .voided)
        #expect(Order(folding: start + [.paymentDeclined(Self.reason), .rejected(Self.reason)]).payment == .declined)
        #expect(throws: OrderRefusal.notPossible("confirm", .reserved)) {
            try Order(folding: start + [.paymentDeclined(Self.reason)]).decide(.confirm(invoiceNumber: 1))
        }
    }

    @Test func `reasons to cancel are told from other reasons to turn back`() {
        #expect(CancelReason(sagaReason: CancelReason(text: "too late").sagaReason)?.text == "too late")
        #expect(CancelReason(sagaReason: CancelReason(text: nil).sagaReason)?.text == "Cancelled by request.")
        #expect(CancelReason(sagaReason: "reserve stock timed out") == nil)
    }
}
