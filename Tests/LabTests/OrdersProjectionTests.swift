import CatalogAPI
import EventSourcing
import GRDB
import Messaging
import OrdersAPI
import PaymentsAPI
import Runtime
import Storage
import Testing

@testable import OrdersService

/// The tables always equal what the events say.
@Suite struct OrdersProjectionTests {
    @Test(arguments: [1, 42, 20_261_121] as [UInt64]) func `after random histories a rebuild gives the same rows`(_ seed: UInt64) throws {
        print("orders projections, seed \(seed)")
        try OrdersCheckoutRig.run(seed: seed) { rig in
            let random = RandomStream(seed: seed)
            var ids = [Int64]()
            for _ in 0..<400 {
                if ids.isEmpty || random.below(5) == 0 {
                    ids.append(try await rig.place(Self.order(random), hasCatalog: random.below(4) > 0, hasPayments: random.below(4) > 0))
                }
                // Replies that nobody asked for are ignored, commands that are not possible are refused: both are part of the history.
                try await Self.disturb(ids[random.below(ids.count)], random, rig)
            }
            for id in ids {
                let folded = Order(folding: try rig.store.read { try OrderStream.events.load("\(id)", in: $0) }.map(\.event))
                #expect(try rig.store.read { try OrderTables(db: $0).aggregate(id) } == folded, "order \(id), seed \(seed)")
            }
            #expect(Set(try ids.map { try rig.order($0).status }).count >= 5, "the histories should differ")
            #expect(try await rig.differences() == [], "seed \(seed)")
            let before = try Self.rows(rig)
            _ = try await rig.store.write(cause: OrdersCheckoutRig.cause) { try OrderStream.projection.rebuild(in: $0.db) }
            #expect(try Self.rows(rig) == before, "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            (nil, .rejected, nil, "orders_order_by_status (status=?)"), (nil, .pending, 7, "orders_order_by_status (status=? AND "),
            ("u1", nil, nil, "orders_order_by_user (user_id=?)"), ("u1", .confirmed, 7, "orders_order_by_user (user_id=? AND id<?)"),
        ] as [(String?, OrderStatus?, Int64?, String)])
    func `a list is read from an index and not sorted`(user: String?, status: OrderStatus?, before: Int64?, index: String) throws {
        try OrdersCheckoutRig.run { rig in
            let (sql, values) = OrderTables.page(userID: user, status: status, before: before)
            let plan = try rig.store.read { db in
                try db.all("EXPLAIN QUERY PLAN " + sql, values: values + [50]) { row in row[3] as String }
            }
            #expect(plan.contains { $0.contains(index) } && !plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        }
    }

    @Test func `rows that were meddled with are found and put right`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.store.write(cause: OrdersCheckoutRig.cause) { tx in
                try tx.db.execute(sql: "UPDATE orders_order SET status = 'delivered'")
            }
            #expect(try await rig.differences().count == 1)
            _ = try await rig.store.write(cause: OrdersCheckoutRig.cause) { try OrderStream.projection.rebuild(in: $0.db) }
            #expect(try rig.order(id).status == .pending)
            #expect(try await rig.differences() == [])
        }
    }

    @Test func `a payment that was authorised is voided by the time the order ends`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.record(.authorizePayment(paymentID: 5), id)
            try await rig.record(.cancel(OrderReason(code: "cancelled", detail: "")), id)
            #expect(try rig.order(id).payment == OrderPaymentView(status: .voided, payment_id: 5, card_last4: "4242"))
            #expect(try await rig.differences() == [])
        }
    }

    @Test func `events cannot be changed or deleted`() throws {
        try OrdersCheckoutRig.run { rig in
            _ = try await rig.place()
            for sql in ["UPDATE order_events SET at = 0", "DELETE FROM order_events"] {
                await #expect(throws: DatabaseError.self) {
                    try await rig.store.write(cause: OrdersCheckoutRig.cause) { try $0.db.execute(sql: sql) }
                }
            }
        }
    }

    @Test func `a projection that has run away from its stream stops the write`() throws {
        try OrdersCheckoutRig.run { rig in
            let id = try await rig.place()
            try await rig.store.write(cause: OrdersCheckoutRig.cause) { try $0.db.execute(sql: "UPDATE orders_order SET version = 5") }
            await #expect(throws: ConcurrencyConflict.self) { try await rig.record(.reserveStock, id) }
        }
    }

    private static func order(_ random: RandomStream) -> PlacedOrder {
        switch random.below(3) {
        case 0: OrdersCheckoutRig.lamp
        case 1:
            PlacedOrder(
                user: UserReference(text: "u\(random.below(3))", isNumber: false),
                lines: [OrderedLine(item: "book", quantity: 1 + random.below(9), unit_minor: 0)], amount: .count(1), totalMinor: 0,
                currency: "USD")
        default:
            PlacedOrder(user: UserReference(2), lines: [], amount: .total("10.0"), totalMinor: 1000, currency: "USD", cardLast4: "0002")
        }
    }

    private static func disturb(_ id: Int64, _ random: RandomStream, _ rig: OrdersCheckoutRig) async throws {
        let text = "\(id)"
        switch random.below(16) {
        case 0, 1, 2: try await rig.reply(CatalogAPI.reserved, StockReserved(order_id: text), to: id)
        case 3: try await rig.reply(CatalogAPI.refused, StockRefused(order_id: text, reason: "out_of_stock"), to: id)
        case 4, 5, 6: try await rig.reply(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: text, payment_id: id), to: id)
        case 7:
            try await rig.reply(PaymentsAPI.authorizeFailed, PaymentDeclined(order_id: text, code: "card_declined", reason: "no"), to: id)
        case 8: try await rig.reply(PaymentsAPI.captureSucceeded, PaymentCaptured(order_id: text, payment_id: id), to: id)
        case 9: try await rig.reply(CatalogAPI.committed, StockCommitted(order_id: text), to: id)
        case 10: try await rig.reply(CatalogAPI.released, StockReleased(order_id: text), to: id)
        case 11: try await rig.reply(PaymentsAPI.voidSucceeded, PaymentVoided(order_id: text), to: id)
        case 12: try await rig.timeOut(id)
        case 13: _ = try await rig.cancel(id)
        case 14: try? await rig.record(.markShipped(number: 1, carrier: "post", tracking: nil), id)  // refused in most statuses
        default: try? await rig.record(.markDelivered(number: 1), id)  // refused in most statuses
        }
    }

    private static func rows(_ rig: OrdersCheckoutRig) throws -> [[Row]] {
        try rig.store.read { db in
            try OrderProjections.tables.map { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { $0.copy() }.sorted { "\($0)" < "\($1)" }
            }
        }
    }
}
