import Contracts
import GatewayAPI
import Logging
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage
import Telemetry
import UsersAPI

/// The door to the lab: routes, access tokens, rate limits, caching, circuit breakers.
///
/// Consumes `Session.Revoked` of the users service. Publishes nothing. What no endpoint of its own matches is passed on by
/// ``Forwarding``, on whatever thread the request came in: that path never enters the actor.
///
/// The composition root calls ``open(to:)`` once, before the first request.
///
/// Settings: `rate_limit`, `rate_limit_burst` (``RateLimiter``); `cache_ttl`, `cache_stale` (``CacheLimits``); `deadline`, `retries`,
/// `breaker_failures`, `breaker_open` (``Doors``); `cors_origins` (``CORSRules``); `api_versions`, `api_deprecated` (``APIVersions``).
///
/// Not here: compression (no library of this package's choice offers it for the server), WebSockets (they go to the service directly),
/// weights of replicas (they take turns).
public actor GatewayService: Microservice {
    public static let declaration = ServiceDeclaration(
        api: GatewayAPI.self, consumes: [UsersAPI.self], migrations: .bundled(.module), forwardsToAll: true)

    let world: World
    let store: ServiceStore
    let logger: Logger
    nonisolated let forwarding: Forwarding
    nonisolated let gate: TokenGate
    nonisolated let documents: GatewayDocuments

    public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        logger = context.logger
        gate = TokenGate(world: context.world, users: context.client(UsersAPI.self), logger: context.logger)
        forwarding = try Forwarding(context: context, gate: gate)
        documents = GatewayDocuments(forwarding: forwarding)
    }

    /// Who verifies access tokens, for every network listener of the lab.
    public nonisolated var tokens: any TokenVerifying { gate }

    /// Which paths lead where. Requests before the first call are answered with 404.
    public nonisolated func open(to table: GatewayRouteTable, targets: [GatewayTarget]) { forwarding.open(to: table, targets: targets) }

    public nonisolated func routes(_ routes: inout Routes) {
        routes.on(GatewayAPI.routes) { _ in self.forwarding.routeList }
        routes.on(GatewayAPI.upstreams) { _ in self.forwarding.upstreamList }
        routes.on(GatewayAPI.requests) { RequestLogPage(items: self.forwarding.log.latest(try $0.limit())) }
        routes.reply(GatewayAPI.ready) { try await self.forwarding.readiness($0) }
        routes.raw(GatewayAPI.openAPI) { try self.documents.openAPI($0) }
        routes.raw(GatewayAPI.asyncAPI) { try self.documents.asyncAPI($0) }
        routes.raw(GatewayAPI.explorer) { _ in GatewayDocuments.explorer }
        routes.fallback { try await self.forwarding.respond(to: $0) }
        routes.markAll { self.forwarding.cors.mark(&$1, of: $0) }
    }

    public nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("gateway", topics: [UsersAPI.events]) { handlers in
            handlers.on(UsersAPI.sessionRevoked) { revoked, _, tx in try self.gate.revoke(revoked, in: tx) }
        }
    }

    public nonisolated func timers(_ timers: inout TimerHandlers) {
        timers.on(RevokedTokenTable.purgeKind) { _, tx in try RevokedTokenTable.purge(in: tx) }
    }

    public func start() async throws {
        try gate.load(store.read { db in try RevokedTokenTable.valid(at: world.now, in: db) })
        try await store.write(cause: Cause(correlationID: "gateway-start")) { tx in try RevokedTokenTable.schedulePurge(in: tx) }
        await gate.loadKeys()
    }
}
