import ArgumentParser
import Foundation
import Lab

struct Routes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every endpoint: where it is served, who may call it, its address at the gateway.",
        discussion: "EXAMPLE\n  labctl routes --service orders")
    @OptionGroup var lab: LabOptions
    @Option(help: "Only this service.") var service: String?

    func run() async throws {
        let client = try lab.client()
        let name = try await service == nil ? nil : client.service(named: service!).name
        let routes: [RouteView] = try await client.get("/routes", query: ["service": name])
        lab.output.show(routes) {
            var table = Table("METHOD", "PATH", "SERVICE", "ACCESS", "AT THE GATEWAY", "SUMMARY")
            for route in routes { table.add(route.method, route.path, route.service, route.access, path(of: route.gateway), route.summary) }
            table.show()
        }
    }

    /// The address without scheme and host, which are the same for all.
    private func path(of gateway: String?) -> String {
        guard let gateway, let scheme = gateway.range(of: "://"), let slash = gateway[scheme.upperBound...].firstIndex(of: "/") else { return "-" }
        return String(gateway[slash...])
    }
}
