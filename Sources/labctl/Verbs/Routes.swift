import ArgumentParser
import Foundation
import Lab

struct Routes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every endpoint: its path at the gateway, who may call it, which service answers.",
        discussion: """
            EXAMPLE
              labctl routes --service orders
              labctl routes --json | jq -r '.[] | .gateway // empty'

            An internal endpoint is shown by its path at the service: no way leads there from outside.
            """)
    @OptionGroup var lab: LabOptions
    @Option(help: "Only this service.") var service: String?

    func run() async throws {
        let client = try lab.client()
        let name = try await service == nil ? nil : client.service(named: service!).name
        let routes: [RouteView] = try await client.get("/routes", query: ["service": name])
        lab.output.show(routes) {
            var table = Table("METHOD", "PATH", "ACCESS", "SERVICE", "SUMMARY")
            for route in routes {
                table.add(route.method, path(of: route.gateway) ?? Terminal.dim(route.path), route.access, route.service, route.summary)
            }
            table.show()
        }
    }

    /// At the gateway, without scheme and host, which are the same for all.
    private func path(of gateway: String?) -> String? {
        guard let gateway, let scheme = gateway.range(of: "://"), let slash = gateway[scheme.upperBound...].firstIndex(of: "/") else {
            return nil
        }
        return String(gateway[slash...])
    }
}
