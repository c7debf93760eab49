import CatalogAPI
import EventSourcing
import GRDB
import Messaging
import OrdersAPI
import PaymentsAPI
import Runtime
import Sagas
import Storage
import Testing

@testable import OrdersService

/// The checkout saga step by step, with the participants played by the test.
@Suite struct OrdersCheckoutTests {
    @Test func `a checkout goes through its steps in order and ends confirmed, captured and with a shipment`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            #expect(try rig.order(id).status == .pending)
            #expect(try rig.last(CatalogAPI.reserve).lines == [StockLine(product_id: 3, quantity: 2)])
            try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(id)"), to: id)
            #expect(try rig.order(id).status == .reserved)
            let authorize = try rig.last(PaymentsAPI.authorizeCommand)
            #expect(
                authorize.amount_minor == 3998 && authorize.currency == "EUR" && authorize.card == "4242424242424242"
                    && authorize.user_id == "7")
            try await rig.reply(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: "\(id)", payment_id: 5), to: id)
            #expect(try rig.order(id).status == .confirmed)
            #expect(try rig.order(id).payment == OrderPaymentView(status: .authorized, payment_id: 5, card_last4: "4242"))
            try await rig.reply(PaymentsAPI.captureSucceeded, PaymentCaptured(order_id: "\(id)", payment_id: 5), to: id)
            try await rig.reply(CatalogAPI.committed, StockCommitted(order_id: "\(id)"), to: id)
            #expect(
                try rig.published() == [
                    "Order.Placed.v1", "Inventory.Reserve.v1", "Payment.Authorize.v1", "Payment.Capture.v1", "Inventory.Commit.v1",
                    "Order.Confirmed.v1",
                ])
            #expect(try rig.order(id).payment?.status == .captured)
            let (shipments, invoice, instance) = try rig.store.read { db in
                (try OrderTables(db: db).shipments(of: id), try OrderTables(db: db).invoice(of: id), try rig.saga.instance("\(id)", in: db))
            }
            #expect(shipments.map(\.status) == [.prepared])
            #expect(invoice?.number == "INV-000001" && invoice?.total == "39.98" && invoice?.lines.first?.description == "Lamp")
            #expect(instance?.status == .completed)
            #expect(try await rig.differences() == [])
        }
    }

    @Test func `short stock rejects the order with nothing to undo`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.reply(CatalogAPI.refused, StockRefused(order_id: "\(id)", reason: "out_of_stock", product_id: 3), to: id)
            let order = try rig.order(id)
            #expect(order.status == .rejected && order.reason?.code == "out_of_stock")
            #expect(order.reason?.detail == "Product 3 is not in stock in the quantity ordered.")
            #expect(try rig.published() == ["Order.Placed.v1", "Inventory.Reserve.v1", "Order.Rejected.v1"])
            #expect(try rig.last(OrdersAPI.rejected).reason?.hasPrefix("out_of_stock: ") == true)
        }
    }

    @Test func `a declined card releases the stock before the order is rejected`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(id)"), to: id)
            try await rig.reply(
                PaymentsAPI.authorizeFailed, PaymentDeclined(order_id: "\(id)", code: "card_declined", reason: "The card was declined."),
                to: id)
            #expect(try rig.order(id).status == .reserved, "not before the stock is released")
            #expect(try rig.last(CatalogAPI.release).reason == "card_declined")
            try await rig.reply(CatalogAPI.released, StockReleased(order_id: "\(id)"), to: id)
            let order = try rig.order(id)
            #expect(order.status == .rejected && order.payment?.status == .declined)
            #expect(order.reason == OrderReason(code: "card_declined", detail: "The card was declined."))
            #expect(try await rig.differences() == [])
        }
    }

    @Test func `an authorisation that does not come in time is voided, then the stock released, and the order compensated`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(id)"), to: id)
            try await rig.timeOut(id)
            // The answer comes after all: too late.
            try await rig.reply(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: "\(id)", payment_id: 5), to: id)
            #expect(try rig.published().last == "Payment.Void.v1")
            try await rig.reply(PaymentsAPI.voidSucceeded, PaymentVoided(order_id: "\(id)"), to: id)
            #expect(try rig.published().last == "Inventory.Release.v1")
            try await rig.reply(CatalogAPI.released, StockReleased(order_id: "\(id)"), to: id)
            #expect(try rig.order(id).status == .compensated)
            #expect(try rig.order(id).reason?.code == "authorize_timeout")
            #expect(try rig.published().last == "Order.Rejected.v1")
        }
    }

    @Test func `stock that is not reserved in time is released and the order compensated`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.timeOut(id)
            try await rig.reply(CatalogAPI.released, StockReleased(order_id: "\(id)"), to: id)
            #expect(try rig.order(id).status == .compensated)
            #expect(try rig.order(id).reason?.code == "reserve_timeout")
        }
    }

    @Test func `a cancellation before the pivot undoes everything, after the pivot it is refused`() throws {
        try OrdersCheckoutRig.run { rig in
            let early = try await rig.place()
            try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(early)"), to: early)
            #expect(try await rig.cancel(early))
            #expect(try await rig.cancel(early) == false, "it is being undone already")
            try await rig.reply(PaymentsAPI.voidSucceeded, PaymentVoided(order_id: "\(early)"), to: early)
            try await rig.reply(CatalogAPI.released, StockReleased(order_id: "\(early)"), to: early)
            #expect(try rig.order(early).status == .cancelled)
            #expect(try rig.order(early).reason == OrderReason(code: "cancelled", detail: "Cancelled by request."))
            #expect(try rig.published().last == "Order.Cancelled.v1")

            let late = try await rig.place()
            try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(late)"), to: late)
            try await rig.reply(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: "\(late)", payment_id: 6), to: late)
            #expect(try await rig.cancel(late) == false)
            #expect(try rig.order(late).status == .confirmed)
        }
    }

    @Test func `a capture without an answer is asked for again, and the order stays confirmed`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(id)"), to: id)
            try await rig.reply(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: "\(id)", payment_id: 5), to: id)
            try await rig.timeOut(id)
            #expect(try rig.published().filter { $0 == "Payment.Capture.v1" }.count == 2)
            #expect(try rig.order(id).status == .confirmed)
        }
    }

    @Test func `an order that needs nobody is confirmed in the transaction that places it`() throws {
        try OrdersCheckoutRig.run { rig in
            let item = PlacedOrder(
                user: UserReference(text: "u1", isNumber: false), lines: [OrderedLine(item: "book", quantity: 2, unit_minor: 0)],
                amount: .count(2), totalMinor: 0, currency: "USD")
            let id = try await rig.place(item, card: nil)
            let order = try rig.order(id)
            #expect(order.status == .confirmed && order.item == "book" && order.amount == .count(2) && order.total == nil)
            #expect(try rig.published() == ["Order.Placed.v1", "Order.Confirmed.v1"])

            let plain = PlacedOrder(user: UserReference(1), lines: [], amount: .total("99.9"), totalMinor: 9990, currency: "USD")
            let second = try await rig.place(plain, card: nil, hasCatalog: false, hasPayments: false)
            #expect(try rig.order(second).status == .confirmed && rig.order(second).amount == .total("99.9"))
            #expect(try rig.order(second).total == "99.90")
            #expect(try rig.store.read { try OrderTables(db: $0).shipments(of: second) }.isEmpty, "a plain total has nothing to ship")
            #expect(try rig.store.read { try OrderTables(db: $0).invoice(of: second)?.number } == "INV-000002")
        }
    }

    @Test func `the card's number is gone once the authorisation is answered`() throws {
        try OrdersCheckoutRig.run { rig in
            for outcome in ["approved", "declined", "timed out"] {
                let id = try await rig.place()
                try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: "\(id)"), to: id)
                switch outcome {
                case "approved":
                    try await rig.reply(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: "\(id)", payment_id: id), to: id)
                case "declined":
                    try await rig.reply(PaymentsAPI.authorizeFailed, PaymentDeclined(order_id: "\(id)", code: "c", reason: "r"), to: id)
                default:
                    try await rig.timeOut(id)
                    try await rig.reply(PaymentsAPI.voidSucceeded, PaymentVoided(order_id: "\(id)"), to: id)
                    try await rig.reply(CatalogAPI.released, StockReleased(order_id: "\(id)"), to: id)
                }
                let holders = try rig.store.read { db in
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM sagas WHERE instr(CAST(state AS TEXT), '4242424242424242') > 0")!
                        + Int.fetchOne(
                            db, sql: "SELECT count(*) FROM order_events WHERE instr(CAST(data AS TEXT), '4242424242424242') > 0")!
                }
                #expect(holders == 0, "\(outcome)")
            }
        }
    }

    @Test func `a request that waits is resumed by the commit that decides the order, or by its time limit`() throws {
        try OrdersCheckoutRig.run { rig in
            let world = rig.store.world
            let id = try await rig.place()
            let waiter = rig.book.waiters.register(orderID: id)
            let began = world.now
            let waiting = world.spawn("wait") { try await waiter.wait(atMost: .seconds(30)) }
            try await rig.reply(CatalogAPI.refused, StockRefused(order_id: "\(id)", reason: "out_of_stock"), to: id)
            try await waiting.value
            #expect(world.now == began)
            #expect(rig.book.waiters.count == 0)

            let patient = rig.book.waiters.register(orderID: 99)
            try await patient.wait(atMost: .seconds(30))
            #expect(world.now == began + .seconds(30))
            rig.book.waiters.remove(patient)
            #expect(rig.book.waiters.count == 0)
        }
    }

    @Test func `shipping tells others once, with the last shipment`() throws {
        try OrdersCheckoutRig.run { rig in
            let item = PlacedOrder(
                user: UserReference(7), lines: [OrderedLine(item: "book", quantity: 1, unit_minor: 0)], amount: .count(1), totalMinor: 0,
                currency: "USD")
            let id = try await rig.place(item)
            try await rig.record(.createShipment(carrier: "post", tracking: "A1"), id)
            try await rig.record(.markShipped(number: 1, carrier: nil, tracking: nil), id)
            #expect(try rig.published().contains("Order.Shipped.v1") == false)
            try await rig.record(.markShipped(number: 2, carrier: nil, tracking: "B2"), id)
            try await rig.record(.markDelivered(number: 1), id)
            try await rig.record(.markDelivered(number: 2), id)
            #expect(try rig.published().suffix(2) == ["Order.Shipped.v1", "Order.Delivered.v1"])
            let shipments = try rig.store.read { try OrderTables(db: $0).shipments(of: id) }
            #expect(shipments.map(\.tracking) == [nil, "B2"] && shipments[1].carrier == "post")
            let timeline = OrderHistory(orderID: id, events: try rig.store.read { try OrderStream.events.load("\(id)", in: $0) }).timeline
            #expect(timeline.entries.compactMap(\.status) == [.pending, .confirmed, .shipped, .delivered])
            #expect(try await rig.differences() == [])
        }
    }
}
