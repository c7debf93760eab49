import Contracts
import ServiceKit

extension Platform {
    /// The endpoints of some services, each with its address at the gateway.
    func routes(of instances: [ServiceInstance], gateway: String?) -> [RouteView] {
        instances.flatMap { instance in
            instance.declaration.api.endpoints.map { endpoint in
                RouteView(
                    method: endpoint.verb.rawValue, path: endpoint.path, service: instance.name, access: access(to: endpoint),
                    summary: endpoint.summary, operation_id: endpoint.operationID,
                    gateway: gateway.flatMap { address in topology.gatewayPath(to: endpoint, of: instance.name).map { address + $0 } })
            }
        }
    }
}

extension Platform {
    /// Who may call it; without authentication every rule but `internal` counts as public.
    private func access(to endpoint: EndpointDeclaration) -> String {
        topology.authentication == .on || endpoint.access == .internal ? endpoint.access.description : "open (authentication off)"
    }
}

extension Topology {
    /// Where the gateway offers an endpoint of a service; nil when no route leads there.
    func gatewayPath(to endpoint: EndpointDeclaration, of name: String) -> String? {
        guard let gateway, endpoint.access != .internal else { return nil }
        if name == gateway.name { return endpoint.path }
        let routes = gateway.routes.filter { service(named: $0.service)?.name == name }
        let matches = { (prefix: String, path: String) in path == prefix || path.hasPrefix(prefix + "/") }
        for candidate in ["/api/v1" + endpoint.path, endpoint.path] {
            if routes.contains(where: { !$0.strip && matches($0.prefix, candidate) }) { return candidate }
        }
        // Services drop `/api/v1` themselves; it tells the route's prefix and the endpoint's own path apart: `/users/api/v1/users`.
        return routes.first(where: \.strip).map { $0.prefix + "/api/v1" + endpoint.path }
    }
}
