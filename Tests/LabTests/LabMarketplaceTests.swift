import Foundation
import Lab
import NIOHTTP1
import Testing

/// The whole flow over real HTTP: what a client sees, and what all files say afterwards.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LabMarketplaceTests {
    private func audit(_ lab: TestLab, _ orders: [Int], before: [Int: Int]) throws {
        let accepted = Dictionary(uniqueKeysWithValues: orders.map { ("order-\($0)", Int64($0)) })
        let stock = Dictionary(uniqueKeysWithValues: before.map { (Int64($0.key), $0.value) })
        let violations = try MarketplaceAudit(directory: lab.directory).violations(accepted: accepted, stockBefore: stock)
        #expect(violations.isEmpty, "\(violations)")
    }

    private func saga(_ order: Int, _ lab: TestLab, _ token: String) async throws -> TestLab.Answer {
        try await lab.send(.GET, "/api/v1/orders/\(order)/saga", token: token)
    }

    @Test func `an order with lines is confirmed, and stock, ledger, notification and figures agree`() async throws {
        try await TestLab.with("marketplace") { lab in
            let staff = try await lab.staff()
            let buyer = try await lab.buyer()
            let product = try await lab.product(price: "12.50", onHand: 10, token: staff)
            let order = try await lab.order(product, quantity: 3, token: buyer)
            let decided = try await lab.send(.GET, "/api/v1/orders/\(order)?wait=confirmed", token: buyer)
            #expect(decided.text("status") == "confirmed" && decided.text("total") == "37.50", "\(decided.text)")
            try await lab.quiet()
            #expect(
                try await lab.send(.GET, "/products/\(product)/inventory", base: try lab.address(of: "catalog")).integer("on_hand") == 7)
            let ledger = try await lab.send(.GET, "/payments/ledger/check", token: staff)
            #expect(ledger["balanced"] as? Bool == true && ledger.integer("entries") == 2, "\(ledger.text)")
            let notifications = try await lab.send(.GET, "/api/v1/notifications", token: buyer)
            #expect(notifications.items.filter { $0["kind"] as? String == "order.confirmed" }.count == 1, "\(notifications.text)")
            let summary = try await lab.send(.GET, "/api/v1/analytics/summary", token: staff)
            #expect(summary.integer("orders_total") == 1 && summary["orders_by_status", "confirmed"] as? Int == 1, "\(summary.text)")
            #expect(summary["revenue", "USD"] as? String == "37.50", "\(summary.text)")
            let saga = try await saga(order, lab, buyer)
            #expect(saga.status == 200 && saga.text.contains("completed"), "\(saga.text)")
            try audit(lab, [order], before: [product: 10])
        }
    }

    @Test func `a declined card and a short shelf leave stock and ledger as they were`() async throws {
        try await TestLab.with("marketplace") { lab in
            let staff = try await lab.staff()
            let buyer = try await lab.buyer()
            let product = try await lab.product(onHand: 2, token: staff)
            let declined = try await lab.order(product, card: TestLab.declined, token: buyer)
            let short = try await lab.order(product, quantity: 3, token: buyer)
            try await lab.quiet()
            for order in [declined, short] {
                let view = try await lab.send(.GET, "/api/v1/orders/\(order)", token: buyer)
                #expect(view.text("status") == "rejected", "\(view.text)")
                #expect(try await saga(order, lab, buyer).text.contains("compensated"))
            }
            let ledger = try await lab.send(.GET, "/payments/ledger/check", token: staff)
            #expect(ledger["balanced"] as? Bool == true && ledger.integer("entries") == 0, "\(ledger.text)")
            try audit(lab, [declined, short], before: [product: 2])
        }
    }

    @Test func `payments away beyond the time-out: the order is compensated and nothing stays held`() async throws {
        try await TestLab.with("marketplace", settings: ["orders.authorize_timeout": "300ms"]) { lab in
            let staff = try await lab.staff()
            let buyer = try await lab.buyer()
            let product = try await lab.product(onHand: 5, token: staff)
            try await lab.lab.stopService("payments")
            let order = try await lab.order(product, quantity: 2, token: buyer)
            // Answers when the order is decided: the void waits for payments, the decision for the void.
            let decision = Task { try await lab.send(.GET, "/api/v1/orders/\(order)?wait=confirmed", token: buyer) }
            while try await !saga(order, lab, buyer).text.contains("compensating") { await Task.yield() }
            try await lab.lab.startService("payments")
            #expect(try await decision.value.text("status") == "compensated")
            try await lab.quiet()
            try audit(lab, [order], before: [product: 5])
        }
    }

    @Test func `down and up again keeps everything and finishes what was on its way`() async throws {
        let data = FileManager.default.temporaryDirectory.appendingPathComponent("lab-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: data) }
        var product = 0
        var orders = [Int]()
        var buyer = ""
        try await TestLab.with("marketplace", data: data) { lab in
            buyer = try await lab.buyer()
            product = try await lab.product(onHand: 9, token: try await lab.staff())
            orders.append(try await lab.order(product, token: buyer))
            try await lab.quiet()
            // Without payments the second order cannot be decided before the lab goes down.
            try await lab.lab.stopService("payments")
            orders.append(try await lab.order(product, quantity: 2, token: buyer))
        }
        try await TestLab.with("marketplace", data: data) { lab in
            try await lab.quiet()
            for order in orders {
                // The token of the life before is still good: the signing key is in the data directory.
                let view = try await lab.send(.GET, "/api/v1/orders/\(order)", token: buyer)
                #expect(view.text("status") == "confirmed", "\(view.text)")
            }
            try audit(lab, orders, before: [product: 9])
        }
    }

    @Test func `the same idempotency key makes one order`() async throws {
        try await TestLab.with("marketplace") { lab in
            let buyer = try await lab.buyer()
            let product = try await lab.product(onHand: 5, token: try await lab.staff())
            let body = #"{"lines":[{"product_id":\#(product),"quantity":1}]}"#
            let first = try await lab.send(.POST, "/api/v1/orders", body, token: buyer, headers: ["Idempotency-Key": "k"])
            let again = try await lab.send(.POST, "/api/v1/orders", body, token: buyer, headers: ["Idempotency-Key": "k"])
            #expect(first.status == 201 && again.status == 201 && first.integer("id") == again.integer("id"))
            let other = try await lab.send(
                .POST, "/api/v1/orders", #"{"lines":[{"product_id":\#(product),"quantity":2}]}"#, token: buyer,
                headers: ["Idempotency-Key": "k"])
            #expect(other.status == 422 && other.text("code") == "idempotency_key_reused", "\(other.text)")
            try await lab.quiet()
            try audit(lab, [try #require(first.integer("id"))], before: [product: 5])
        }
    }

    @Test func `every public endpoint has an address at the gateway that leads to it`() async throws {
        try await TestLab.with("marketplace") { lab in
            let routes = lab.lab.routes()
            #expect(routes.count > 60)
            for route in routes where route.access != "internal" {
                let address = try #require(route.gateway, "\(route.method) \(route.path) of \(route.service) has no way in")
                guard route.method == "GET", !route.path.contains("{") else { continue }
                let path = String(address.dropFirst(lab.base.count))
                let answer = try await lab.send(.GET, path)
                #expect(answer.status != 404 && answer.status < 500, "\(path): \(answer.status) \(answer.text.prefix(200))")
            }
        }
    }
}
