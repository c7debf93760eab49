import Foundation
import Lab
import Runtime
import Testing

@Suite struct LabTopologyTests {
    static let library = TopologyLibrary.standard()

    @Test(arguments: ["marketplace", "order-events", "users-orders"]) func `the topologies of the product can be read and run`(
        _ name: String
    ) throws {
        #expect(try Self.library.topology(name).name == name)
    }

    @Test func `ports, names and prefixes are those of the product`() throws {
        let small = try Self.library.topology("users-orders")
        #expect(small.gateway?.port == 8080)
        #expect(small.gateway?.routes.map(\.prefix) == ["/users", "/orders"])
        #expect(small.gateway?.routes.allSatisfy(\.strip) == true)
        let events = try Self.library.topology("order-events")
        #expect(events.gateway?.name == "api-gateway" && events.gateway?.port == 8001)
        #expect(
            events.services.map { "\($0.name) \($0.port)" } == [
                "order-service 8002", "notification-service 8003", "analytics-service 8004",
            ])
        let all = try Self.library.topology("marketplace")
        #expect(all.gateway?.port == 8080)
        #expect(
            all.services.map { "\($0.name) \($0.port)" } == [
                "users 8001", "catalog 8002", "orders 8003", "payments 8004", "notifications 8005", "analytics 8006",
            ])
    }

    private func complaint(_ yaml: String) -> String {
        do {
            try TopologyFile.parse(yaml, from: "test.yaml").check()
            return "nothing"
        } catch {
            return "\(error)"
        }
    }

    @Test func `an unknown key names its line and the nearest known one`() {
        let text = complaint("name: a\nsummary: b\nservices:\n  - { service: orders, prot: 1 }\n")
        #expect(text.contains("test.yaml:4") && text.contains("\"prot\"") && text.contains("did you mean \"port\""))
    }

    @Test func `an unknown service names the nearest one`() {
        let text = complaint("name: a\nsummary: b\nauthentication: off\nservices:\n  - { service: ordres, port: 1 }\n")
        #expect(text.contains("test.yaml:5: there is no service \"ordres\"") && text.contains("did you mean \"orders\""))
    }

    @Test func `ports and names given twice are refused together`() {
        let text = complaint(
            "name: a\nsummary: b\nauthentication: off\ngateway: { port: 1 }\nservices:\n  - { service: users, name: x, port: 1 }\n  - { service: orders, name: x, port: 2 }\n"
        )
        #expect(
            text.contains("test.yaml:6: gateway and x both want port 1") && text.contains("test.yaml:7: the name")
                && text.contains("the name \"x\" is given twice"))
    }

    @Test func `a route to nowhere and a route to internal endpoints are refused`() {
        let text = complaint(
            """
            name: a
            summary: b
            authentication: off
            gateway: { port: 1, routes: [{ prefix: /x, service: oders }, { prefix: /internal/x, service: orders }] }
            services: [{ service: orders, port: 2 }]
            """)
        #expect(text.contains("test.yaml:4: the route \"/x\" leads to \"oders\"") && text.contains("did you mean \"orders\""))
        #expect(text.contains("would open internal endpoints"))
    }

    @Test func `authentication without users is refused`() {
        #expect(complaint("name: a\nsummary: b\nservices: [{ service: orders, port: 2 }]").contains("no users service"))
    }

    @Test func `an unknown topology names the nearest one`() {
        #expect { try Self.library.topology("marketplce") } throws: { error in
            "\(error)".contains("did you mean \"marketplace\"") && (error as? LabError)?.kind == .usage
        }
    }

    @Test func `names are near by edits, not by luck`() {
        #expect(EditDistance.nearest(to: "oder", among: ["orders", "users"]) == "orders")
        #expect(EditDistance.nearest(to: "ordesr", among: ["orders", "users"]) == "orders")
        #expect(EditDistance.nearest(to: "zebra", among: ["orders", "users"]) == nil)
    }

    @Test func `a graph has each service and each way to it`() throws {
        let graph = try Self.library.topology("users-orders").mermaid
        #expect(graph.hasPrefix("flowchart LR"))
        #expect(graph.contains("gateway -->|\"/users\"| users_service"))
        #expect(graph.contains("users_service -.-> orders_service"))
    }
}
