import Foundation
import Testing

/// The verbs that need a marketplace with something in it.
@Suite(.serialized) struct LabctlMarketplaceTests {
    private struct Desk {
        let folder: URL
        func run(_ words: String...) throws -> LabctlProcess.Outcome { try LabctlProcess.run(words: words, directory: folder) }

        func order(_ card: String) throws -> String {
            let body = #"{"lines":[{"product_id":5,"quantity":2}],"card":"\#(card)"}"#
            let placed = try run("call", "POST", "/api/v1/orders", "--login", "ada@example.com:sample-password-1", "-d", body)
            let object = try JSONSerialization.jsonObject(with: Data(placed.output.utf8)) as? [String: Any]
            let id = try #require(object?["id"] as? Int, "\(placed.output) \(placed.errors)")
            #expect(try run("wait", "quiet").status == 0)
            return "\(id)"
        }
    }

    @Test func `a marketplace is filled, and its sagas are drawn, rebuilt and asked as staff`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("labctl-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let desk = Desk(folder: folder)
        defer {
            _ = try? desk.run("down")
            try? FileManager.default.removeItem(at: folder)
        }
        let up = try desk.run("up", "--detach", "--isolated", "--seed-data", "--persistence", "volatile", "--set", "users.password_cost=10")
        #expect(
            up.status == 0 && up.output.contains("12 products, 6 orders") && up.output.contains("ada@example.com"),
            "\(up.output) \(up.errors)")
        #expect(try desk.run("wait", "quiet").status == 0)
        try sagas(desk)
        try rebuilds(desk)
        let summary = try desk.run("call", "GET", "/api/v1/analytics/summary", "--staff")
        #expect(summary.status == 0 && summary.output.contains("\"orders_total\": 8"), "\(summary.output) \(summary.errors)")
    }

    private func sagas(_ desk: Desk) throws {
        let bought = try desk.order(TestLab.approved)
        let declined = try desk.order(TestLab.declined)
        let list = try desk.run("saga", "ls").output
        #expect(list.contains("checkout/\(bought)  completed") && list.contains("checkout/\(declined)  compensated"), "\(list)")

        let drawn = try desk.run("saga", "show", "checkout/\(bought)")
        #expect(drawn.status == 0, "\(drawn.errors)")
        let steps = drawn.output.split(separator: "\n").filter { $0.contains("✓") }
        #expect(steps.count == 8 && steps[1].contains("Inventory.Reserve.v1 → Inventory.Reserved.v1"), "\(drawn.output)")
        #expect(drawn.output.contains("confirm order") && drawn.output.contains("(pivot)"))
        #expect(try desk.run("saga", "show", bought).output.split(separator: "\n").first == drawn.output.split(separator: "\n").first)

        let undone = try desk.run("saga", "show", declined).output.split(separator: "\n").map(String.init)
        #expect(undone.first?.contains("card_declined") == true, "\(undone)")
        #expect(undone.filter { $0.contains("↩") }.count == 2 && undone.filter { $0.contains("·") }.count == 5, "\(undone)")
        #expect(
            undone.contains { $0.contains("✗") && $0.contains("authorise payment") && $0.contains("The card was declined.") }, "\(undone)")

        #expect(try desk.run("saga", "show", declined, "--log").output.contains("compensation sent"))
        #expect(try desk.run("saga", "show", declined, "--mermaid").output.hasPrefix("flowchart"))
        let unknown = try desk.run("saga", "show", "checkout/99")
        #expect(
            unknown.status == 2 && unknown.errors.contains("\"checkout/99\"") && unknown.errors.contains("checkout/\(declined)"),
            "\(unknown.errors)")
    }

    private func rebuilds(_ desk: Desk) throws {
        for service in ["orders", "analytics"] {
            let same = try desk.run("rebuild", service, "--dry-run")
            #expect(same.status == 0 && same.output.hasPrefix("equal"), "\(same.output) \(same.errors)")
        }
        try damaged("orders", "orders_order", "UPDATE orders_order SET total_minor = 1 WHERE id = 2", desk)
        try damaged("analytics", "analytics_activity", "UPDATE analytics_activity SET orders_placed = 77 WHERE bucket = 0", desk)
        let refused = try desk.run("rebuild", "users")
        #expect(refused.status == 2 && refused.errors.contains("nothing to rebuild"), "\(refused.errors)")
    }

    private func damaged(_ service: String, _ table: String, _ change: String, _ desk: Desk) throws {
        #expect(try desk.run("sql", service, change, "--write").status == 0)
        let different = try desk.run("rebuild", service, "--dry-run")
        #expect(different.status == 1 && different.output.contains(table), "\(different.output) \(different.errors)")
        #expect(try desk.run("rebuild", service).output.contains("the tables were replaced"))
        #expect(try desk.run("rebuild", service, "--dry-run").output.hasPrefix("equal"))
    }
}
