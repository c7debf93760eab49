import Contracts
import Messaging
import Runtime
import ServiceKit

/// What the gateway leads to: the route table and, for each service, the way there. Made once, then only read.
final class Doors: Sendable {
    struct Door: Sendable {
        let target: GatewayTarget
        let upstream: Upstream
        let publicReads: PublicReads
    }

    let table: GatewayRouteTable
    /// In the order of the names.
    let doors: [Door]
    private let byService: [String: Door]

    init(table: GatewayRouteTable, targets: [GatewayTarget], context: ServiceContext, policy: CallPolicy) {
        self.table = table
        doors = targets.sorted { $0.service < $1.service }.map { target in
            Door(
                target: target, upstream: context.upstream(target.service, policy: policy), publicReads: PublicReads(target.api.endpoints))
        }
        byService = Dictionary(doors.map { ($0.target.service, $0) }) { first, _ in first }
    }

    /// - Throws: ``Problem`` 404 `no_route`, 503 `service_not_in_topology`.
    func find(_ path: String) throws -> (door: Door, path: String) {
        guard let match = table.match(path) else {
            throw Problem.notFound(
                code: "no_route",
                detail: "No service of this lab answers \(path.prefix(200)). See /gateway/routes and /docs for what there is.")
        }
        guard let door = byService[match.service] else {
            throw Problem.unavailable("\(match.service) does not run in this topology.", code: "service_not_in_topology")
        }
        return (door, match.path)
    }

    /// Settings: `deadline` (10 s) for all tries of a call, `retries` (2, at most 1,000) of calls that may be repeated, `breaker_failures` (10) in a row,
    /// `breaker_open` (5 s).
    static func policy(_ settings: Settings) -> CallPolicy {
        CallPolicy(
            deadline: settings.duration("deadline", default: .seconds(10)),
            retry: RetryPolicy(
                attemptsMax: 1 + min(max(0, settings.int("retries", default: 2)), 1000), initialDelay: .milliseconds(20),
                delayMax: .milliseconds(500),
                jitter: 0.5),
            breakerFailuresMax: max(1, settings.int("breaker_failures", default: 10)),
            breakerOpenFor: max(.milliseconds(1), settings.duration("breaker_open", default: .seconds(5))))
    }
}
