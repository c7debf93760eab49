import Contracts
import GatewayService
import ServiceKit

extension Platform {
    /// The endpoints of some services, each with its address at the gateway.
    /// - Parameter gateway: the gateway's own address; nil when there is none.
    func routes(of instances: [ServiceInstance], gateway: String?) -> [RouteView] {
        let table = topology.routeTable
        return instances.flatMap { instance in
            instance.declaration.api.endpoints.map { endpoint in
                let path = path(to: endpoint, of: instance, table)
                return RouteView(
                    method: endpoint.verb.rawValue, path: endpoint.path, service: instance.name, access: access(to: endpoint),
                    summary: endpoint.summary, operation_id: endpoint.operationID,
                    gateway: gateway.flatMap { address in path.map { address + $0 } })
            }
        }
    }

    /// Where the gateway offers an endpoint of a service; nil when no route leads there.
    private func path(to endpoint: EndpointDeclaration, of instance: ServiceInstance, _ table: GatewayRouteTable) -> String? {
        if endpoint.access == .internal { return nil }
        return instance.service == Roster.gatewayName ? endpoint.path : table.outsidePath(of: endpoint.path, service: instance.service)
    }

    /// Who may call it; without authentication every rule but `internal` counts as public.
    private func access(to endpoint: EndpointDeclaration) -> String {
        topology.authentication == .on || endpoint.access == .internal ? endpoint.access.description : "open (authentication off)"
    }
}
