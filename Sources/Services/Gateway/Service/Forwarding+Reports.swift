import Contracts
import GatewayAPI
import Messaging
import Runtime
import ServiceKit

extension Forwarding {
    var routeList: GatewayRouteList {
        GatewayRouteList(
            items: doors.table.routes.map { GatewayRouteView(prefix: $0.prefix, service: $0.service, strips_prefix: $0.strip) })
    }

    var upstreamList: UpstreamList {
        UpstreamList(
            items: doors.doors.map { door in
                let counts = door.upstream.counts
                return UpstreamView(
                    service: door.target.service,
                    replicas: door.upstream.replicas.map { ReplicaView(name: $0.instance, answers: $0.isAnswering) },
                    breaker: door.upstream.breakerState.rawValue, requests_total: counts.answered, failures_total: counts.failed,
                    refused_total: counts.refused, retries_total: counts.retried)
            })
    }

    /// Asks every service's `/health/ready`, one after the other, past the breakers.
    func readiness(_ request: Request<NoBody>) async throws -> Reply<GatewayReadiness> {
        var healths = [UpstreamHealth]()
        for door in doors.doors {
            var status = 503
            do {
                status = try await door.upstream.probe(RawRequest(.get, "/health/ready")).status
            } catch let problem as Problem {
                status = problem.status
            }
            healths.append(
                UpstreamHealth(
                    service: door.target.service, healthy: status == 200, status: status, breaker: door.upstream.breakerState.rawValue))
        }
        let isReady = healths.allSatisfy(\.healthy)
        return Reply(
            GatewayReadiness(status: isReady ? "ready" : "degraded", service: GatewayAPI.name, timestamp: world.now, upstreams: healths),
            status: isReady ? 200 : 503)
    }
}
