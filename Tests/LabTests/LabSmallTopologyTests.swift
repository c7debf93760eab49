import NIOHTTP1
import Testing

/// The quick-start commands of the systems that are reproduced, over real HTTP.
@Suite(.serialized) struct LabSmallTopologyTests {
    @Test func `users-orders answers its quick-start commands`() async throws {
        try await TestLab.with("users-orders") { lab in
            for path in ["/users/api/v1/health/", "/orders/api/v1/health/", "/health", "/api/health", "/api/v1/health"] {
                let health = try await lab.send(.GET, path)
                #expect(health.status == 200 && health.text("status") == "healthy", "\(path): \(health.text)")
            }
            let user = try await lab.send(.POST, "/users/api/v1/users/", #"{"email":"demo@example.com","full_name":"Demo User"}"#)
            #expect(user.status == 201 && user.integer("id") == 1, "\(user.text)")
            let order = try await lab.send(.POST, "/orders/api/v1/orders/", #"{"user_id":1,"amount":"99.90","currency":"USD"}"#)
            #expect(order.status == 201, "\(order.text)")
            let found = try await lab.send(.GET, "/orders/api/v1/orders/\(try #require(order.integer("id")))/")
            #expect(found.text("amount") == "99.90" && found.integer("user_id") == 1, "\(found.text)")
            let refused = try await lab.send(.POST, "/orders/api/v1/orders/", #"{"user_id":99,"amount":"1.00","currency":"USD"}"#)
            #expect((400..<500).contains(refused.status) && refused.text.contains("99"), "\(refused.text)")
            try await lab.quiet()
        }
    }

    @Test func `users-orders services answer on their own ports by their own names`() async throws {
        try await TestLab.with("users-orders") { lab in
            for name in ["users-service", "orders-service"] {
                let health = try await lab.send(.GET, "/health/", base: try lab.address(of: name))
                #expect(health.text("service") == name && health.text("database") == "connected" && health.text("redis") == "connected")
            }
        }
    }

    @Test func `order-events answers its quick-start commands`() async throws {
        try await TestLab.with("order-events") { lab in
            let order = try await lab.send(.POST, "/orders", #"{"user_id":"u1","item":"book","amount":2}"#)
            #expect(order.status == 201, "\(order.text)")
            let id = try #require(order.integer("id"))
            let found = try await lab.send(.GET, "/orders/\(id)")
            #expect(found.text("user_id") == "u1" && found.text("item") == "book" && found.integer("amount") == 2, "\(found.text)")
            #expect(found.text("status") != nil)
            try await lab.quiet()
            let summary = try await lab.send(.GET, "/analytics/summary", base: try lab.address(of: "analytics-service"))
            #expect(summary.status == 200 && summary.integer("orders_total") == 1, "\(summary.text)")
            #expect((summary["units_by_item", "book"] as? Int) == 2, "\(summary.text)")
            let sent = try await lab.send(.GET, "/notifications?user_id=u1", base: try lab.address(of: "notification-service"))
            #expect(sent.items.contains { $0["kind"] as? String == "order.confirmed" }, "\(sent.text)")
        }
    }
}
