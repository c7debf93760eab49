import GatewayService
import ServiceKit

extension Topology {
    /// The gateway's routes, with services by their names in the roster: that is how the service directory knows them.
    var routeTable: GatewayRouteTable {
        GatewayRouteTable(
            (gateway?.routes ?? []).compactMap { route in
                service(named: route.service).map { GatewayRoute(prefix: route.prefix, service: $0.service, strip: route.strip) }
            })
    }
}

extension Topology {
    /// The services behind the gateway.
    func gatewayTargets(_ roster: Roster) -> [GatewayTarget] {
        services.compactMap { service in roster.entry(named: service.service).map { GatewayTarget($0.type.declaration.api) } }
    }
}
