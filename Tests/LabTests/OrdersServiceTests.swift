import CatalogAPI
import Contracts
import Foundation
import OrdersAPI
import PaymentsAPI
import Runtime
import ServiceKit
import Testing

@testable import OrdersService

/// The service through its routes.
@Suite struct OrdersServiceTests {
    static let lamp = #"{"lines":[{"product_id":3,"quantity":2}],"card":"4242424242424242"}"#

    @Test func `a buyer orders, waits until it is confirmed, and reads invoice, timeline, saga and events`() throws {
        try OrdersHostRig.run { rig in
            let reply = await rig.call(.post, "/api/v1/orders/", Self.lamp, as: OrdersHostRig.buyer)
            #expect(reply.status == 201 && reply.headers["Location"] == "/orders/1")
            let placed = try JSONCoding.decode(OrderView.self, from: reply.body)
            #expect(placed.status == .pending && placed.total == "39.98" && placed.user_id == UserReference(7))
            #expect(await rig.call(.get, "/orders/1/invoice", as: OrdersHostRig.buyer).status == 404)

            let began = rig.world.now
            let waiting = rig.world.spawn("wait") {
                try await rig.value(OrderView.self, .get, "/orders/1?wait=confirmed", as: OrdersHostRig.buyer)
            }
            try await rig.answer(CatalogAPI.reserved, StockReserved(order_id: "1"), to: 1)
            try await rig.answer(PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: "1", payment_id: 5), to: 1)
            #expect(try await waiting.value.status == .confirmed)
            #expect(rig.world.now - began < .seconds(5))

            let page = await rig.call(.get, "/orders/1/invoice", as: OrdersHostRig.buyer, headers: ["Accept": "text/html,*/*"])
            #expect(
                page.headers["Content-Type"] == "text/html; charset=utf-8"
                    && String(decoding: page.body, as: UTF8.self).contains("INV-000001"))
            #expect(try await rig.value(InvoiceView.self, .get, "/orders/1/invoice", as: OrdersHostRig.buyer).total == "39.98")
            let timeline = try await rig.value(OrderTimeline.self, .get, "/orders/1/timeline", as: OrdersHostRig.buyer)
            #expect(timeline.entries.compactMap(\.status) == [.pending, .reserved, .paid, .confirmed])
            let saga = try await rig.value(CheckoutView.self, .get, "/orders/1/saga", as: OrdersHostRig.buyer)
            #expect(saga.status == "running" && saga.step == "capture payment" && saga.mermaid.hasPrefix("flowchart"))
            let events = try await rig.value(Page<OrderEventView>.self, .get, "/orders/1/events", as: OrdersHostRig.buyer)
            #expect(events.items.map(\.type) == ["OrderPlaced", "StockReserved", "PaymentAuthorized", "OrderConfirmed"])
        }
    }

    @Test func `a wait without a decision answers with the order as it is, before the gateway gives up`() throws {
        try OrdersHostRig.run(settings: ["reserve_timeout": "5m"]) { rig in
            _ = await rig.call(.post, "/orders", Self.lamp, as: OrdersHostRig.buyer)
            let began = rig.world.now
            let order = try await rig.value(OrderView.self, .get, "/orders/1?wait=confirmed", as: OrdersHostRig.buyer)
            #expect(order.status == .pending)
            let waited = rig.world.now - began
            #expect(waited >= .seconds(8) && waited < .seconds(9), "the gateway waits 10 s for an answer")
        }
    }

    @Test func `orders belong to their buyer, and staff see and order for everyone`() throws {
        try OrdersHostRig.run { rig in
            #expect(await rig.call(.post, "/orders", Self.lamp).status == 401)
            _ = await rig.call(.post, "/orders", Self.lamp, as: OrdersHostRig.buyer)
            for target in [
                "/orders/1", "/orders/1/events", "/orders/1/timeline", "/orders/1/saga", "/orders/1/shipments", "/orders?user_id=7",
            ] {
                #expect(await rig.call(.get, target, as: OrdersHostRig.other).status == 403, "\(target)")
                #expect(await rig.call(.get, target, as: OrdersHostRig.staff).status == 200, "\(target)")
            }
            #expect(await rig.call(.post, "/orders/1/cancel", as: OrdersHostRig.other).status == 403)
            let foreign = #"{"user_id":7,"item":"book","amount":1}"#
            #expect(await rig.call(.post, "/orders", foreign, as: OrdersHostRig.other).problem?.code == "not_your_order")
            #expect(await rig.call(.post, "/orders", #"{"user_id":1,"item":"book","amount":1}"#, as: OrdersHostRig.staff).status == 201)
            let none = try await rig.value(Page<OrderView>.self, .get, "/orders", as: OrdersHostRig.other)
            let all = try await rig.value(Page<OrderView>.self, .get, "/orders", as: OrdersHostRig.staff)
            #expect(none.items.isEmpty && all.items.map(\.id) == [2, 1])
            #expect(await rig.call(.get, "/orders/99", as: OrdersHostRig.buyer).problem?.code == "order_not_found")
        }
    }

    @Test func `without authentication the user is looked up, and answers carry what was sent`() throws {
        try OrdersHostRig.run(settings: ["catalog": "none", "payments": "none"], authenticates: false) { rig in
            let order = try await rig.value(OrderView.self, .post, "/orders", #"{"user_id":1,"amount":"99.90","currency":"USD"}"#)
            #expect(order.status == .confirmed && order.user_id == UserReference(1) && order.amount == .total("99.90"))
            for user in ["5", "2", #""x""#] {
                let problem = await rig.call(.post, "/orders", #"{"user_id":\#(user),"amount":"1","currency":"USD"}"#).problem
                #expect(problem?.status == 422 && problem?.errors?.map(\.field) == ["user_id"], "\(user)")
            }
            #expect(await rig.call(.post, "/orders", #"{"amount":"1","currency":"USD"}"#).problem?.errors?.first?.field == "user_id")
            #expect(
                await rig.call(.post, "/orders", Self.lamp.replacing("{\"lines", with: "{\"user_id\":1,\"lines")).problem?.errors?.first?
                    .field == "lines")
        }
    }

    @Test func `free text users order items where there is nobody to ask`() throws {
        try OrdersHostRig.run(settings: ["catalog": "none", "payments": "none", "users": "none"], authenticates: false) { rig in
            let reply = await rig.call(.post, "/orders", #"{"user_id":"u1","item":"book","amount":2}"#)
            #expect(reply.status == 201)
            let json = String(decoding: await rig.call(.get, "/orders/1").body, as: UTF8.self)
            for part in [#""user_id":"u1""#, #""item":"book""#, #""amount":2"#, #""status":"confirmed""#] {
                #expect(json.contains(part), "\(part)")
            }
        }
    }

    @Test func `a cancelled order is released first, and a confirmed one is not cancelled`() throws {
        try OrdersHostRig.run { rig in
            _ = await rig.call(.post, "/orders", Self.lamp, as: OrdersHostRig.buyer)
            let reply = await rig.call(.post, "/orders/1/cancel", #"{"reason":"found it cheaper"}"#, as: OrdersHostRig.buyer)
            #expect(reply.status == 202)
            let waiting = rig.world.spawn("wait") {
                try await rig.value(OrderView.self, .get, "/orders/1?wait=confirmed", as: OrdersHostRig.buyer)
            }
            try await rig.answer(CatalogAPI.released, StockReleased(order_id: "1"), to: 1)
            let order = try await waiting.value
            #expect(order.status == .cancelled && order.reason == OrderReason(code: "cancelled", detail: "found it cheaper"))
            #expect(await rig.call(.post, "/orders/1/cancel", as: OrdersHostRig.buyer).status == 202, "twice changes nothing")

            _ = await rig.call(.post, "/orders", #"{"item":"book","amount":1}"#, as: OrdersHostRig.buyer)
            #expect(await rig.call(.post, "/orders/2/cancel", as: OrdersHostRig.buyer).problem?.code == "order_not_cancellable")
        }
    }

    @Test func `sellers ship and deliver what they sell`() throws {
        try OrdersHostRig.run(settings: ["payments": "none"]) { rig in
            func placeConfirmed(_ id: Int64, _ lines: String) async throws {
                _ = await rig.call(.post, "/orders", #"{"lines":[\#(lines)]}"#, as: OrdersHostRig.buyer)
                try await rig.answer(CatalogAPI.reserved, StockReserved(order_id: "\(id)"), to: id)
                _ = await rig.call(.get, "/orders/\(id)?wait=confirmed", as: OrdersHostRig.buyer)
                try await rig.answer(CatalogAPI.committed, StockCommitted(order_id: "\(id)"), to: id)
                try await rig.world.sleep(for: .seconds(1))
            }
            try await placeConfirmed(1, #"{"product_id":3,"quantity":1}"#)
            let step = "/orders/1/shipments/1/shipped"
            #expect(await rig.call(.post, step, as: OrdersHostRig.buyer).status == 403)
            #expect(await rig.call(.post, step, as: OrdersHostRig.rival).problem?.code == "not_your_sale")
            #expect(await rig.call(.post, "/orders/1/shipments", as: OrdersHostRig.rival).problem?.code == "not_your_sale")
            let shipped = #"{"carrier":"post","tracking":"A1"}"#
            let shipment = try await rig.value(ShipmentView.self, .post, step, shipped, as: OrdersHostRig.seller)
            #expect(shipment.status == .shipped && shipment.carrier == "post")
            #expect(await rig.call(.post, step, as: OrdersHostRig.seller).problem?.code == "order_refused")
            #expect(await rig.call(.post, "/orders/1/shipments/7/shipped", as: OrdersHostRig.seller).status == 404)
            #expect(await rig.call(.post, "/orders/1/shipments", as: OrdersHostRig.seller).status == 409, "a shipped order takes no more")
            #expect(await rig.call(.post, "/orders/1/shipments/1/delivered", as: OrdersHostRig.rival).status == 403)
            _ = await rig.call(.post, "/orders/1/shipments/1/delivered", as: OrdersHostRig.seller)
            #expect(try await rig.value(OrderView.self, .get, "/orders/1", as: OrdersHostRig.buyer).status == .delivered)
            #expect(await rig.call(.post, "/orders/99/shipments/1/shipped", as: OrdersHostRig.seller).status == 404)

            // Lines of two sellers, and an item of no catalog, are for staff.
            try await placeConfirmed(2, #"{"product_id":3,"quantity":1},{"product_id":4,"quantity":1}"#)
            _ = await rig.call(.post, "/orders", #"{"item":"book","amount":1}"#, as: OrdersHostRig.buyer)
            for order in [2, 3] {
                let target = "/orders/\(order)/shipments/1/shipped"
                #expect(await rig.call(.post, target, as: OrdersHostRig.seller).problem?.code == "not_your_sale")
                #expect(await rig.call(.post, target, as: OrdersHostRig.staff).status == 200)
            }
        }
    }

    @Test func `the same idempotency key places one order`() throws {
        try OrdersHostRig.run { rig in
            let headers = ["Idempotency-Key": "k1"]
            let first = await rig.call(.post, "/orders", Self.lamp, as: OrdersHostRig.buyer, headers: headers)
            let second = await rig.call(.post, "/orders", Self.lamp, as: OrdersHostRig.buyer, headers: headers)
            #expect(first.status == 201 && second.status == 201 && first.body == second.body && second.headers["Location"] == "/orders/1")
            let check = try await rig.value(OrdersCheck.self, .get, "/internal/orders/check")
            #expect(check.orders_total == 1 && check.sagas_open == 1 && check.by_status["pending"] == 1)
        }
    }

    @Test func `lists are paged, newest first, and filtered`() throws {
        try OrdersHostRig.run { rig in
            for _ in 0..<5 { _ = await rig.call(.post, "/orders", #"{"item":"book","amount":1}"#, as: OrdersHostRig.buyer) }
            let first = try await rig.value(Page<OrderView>.self, .get, "/orders?limit=3", as: OrdersHostRig.buyer)
            #expect(first.items.map(\.id) == [5, 4, 3])
            let cursor = try #require(first.next_cursor)
            let second = try await rig.value(Page<OrderView>.self, .get, "/orders?limit=3&cursor=\(cursor)", as: OrdersHostRig.buyer)
            #expect(second.items.map(\.id) == [2, 1] && second.next_cursor == nil)
            #expect(try await rig.value(Page<OrderView>.self, .get, "/orders?status=pending", as: OrdersHostRig.buyer).items.isEmpty)
            for query in ["status=lost", "cursor=x", "limit=0"] {
                #expect(await rig.call(.get, "/orders?\(query)", as: OrdersHostRig.buyer).status == 400, "\(query)")
            }
        }
    }

    @Test func `projections are checked and rebuilt through internal endpoints`() throws {
        try OrdersHostRig.run { rig in
            _ = await rig.call(.post, "/orders", #"{"item":"book","amount":1}"#, as: OrdersHostRig.buyer)
            let report = try await rig.value(ProjectionReport.self, .get, "/internal/orders/projections")
            #expect(report.events == 3 && report.differences.isEmpty && !report.is_rebuilt)
            #expect(try await rig.value(ProjectionReport.self, .post, "/internal/orders/projections/rebuild").is_rebuilt)
            #expect(try await rig.value(OrderView.self, .get, "/orders/1", as: OrdersHostRig.buyer).status == .confirmed)
        }
    }

    @Test func `a setting that is not known stops the service before it starts`() {
        #expect(throws: OrdersSettingError.self) { try OrdersHostRig.run(settings: ["catalog": "maybe"]) { _ in } }
    }
}
