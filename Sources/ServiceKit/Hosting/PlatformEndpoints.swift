import Contracts
import Foundation
import Runtime
import Synchronization
import Telemetry

/// What every service answers beside its own endpoints: health, metrics, and the documents of its API. A service that declares one of
/// these paths itself answers it itself.
struct PlatformEndpoints: Sendable {
    /// The host these endpoints speak for; known once it is built.
    final class HostReference: Sendable {
        private let host = Mutex<WeakHost>(WeakHost())
        private struct WeakHost: Sendable { weak var host: ServiceHost? }
        func store(_ host: ServiceHost) { self.host.withLock { $0.host = host } }
        var current: HostState { host.withLock { $0.host }?.state ?? .starting }
        var relayStalledBecause: String? { host.withLock { $0.host }?.relayStalledBecause }
        func refreshMessagingGauges() async { await host.withLock { $0.host }?.refreshMessagingGauges() }
    }

    private struct Health: Encodable {
        let status: String
        let service: String
        let timestamp: Timestamp
        let database: String
        let cache: String
        /// Reports the cache: clients of a known platform expect this key.
        let redis: String
        let state: String
        /// Why events do not leave the outbox; absent while they do.
        let outbox: String?
    }

    private struct Liveness: Encodable {
        let status: String
        let service: String
        let timestamp: Timestamp
        /// Why events do not leave the outbox; absent while they do.
        var outbox: String?
    }

    let name: String
    let api: any ServiceAPI.Type
    let context: ServiceContext
    let storeLane: StoreLane
    let state = HostReference()

    static let health = EndpointDeclaration(.get, "/health", "health", summary: "Whether the service works.", access: .public)
    static let live = EndpointDeclaration(.get, "/health/live", "healthLive", summary: "Whether the process answers.", access: .public)
    static let ready = EndpointDeclaration(
        .get, "/health/ready", "healthReady", summary: "Whether the service takes requests; 503 while it does not.", access: .public)
    static let metrics = EndpointDeclaration(
        .get, "/metrics", "metrics", summary: "Metrics in the Prometheus text format.", access: .public,
        produces: PrometheusText.contentType)
    static let openAPI = EndpointDeclaration(
        .get, "/openapi.json", "openAPI", summary: "The OpenAPI 3.1 document of this service.", access: .public)
    static let asyncAPI = EndpointDeclaration(
        .get, "/asyncapi.json", "asyncAPI", summary: "The AsyncAPI 3.0 document of this service's topics.", access: .public)

    static let all = [health, live, ready, metrics, openAPI, asyncAPI]

    static func answersAlways(_ declaration: EndpointDeclaration) -> Bool {
        declaration.path == "/health" || declaration.path.hasPrefix("/health/") || declaration.path == "/metrics"
    }

    func routes() -> [Routes.Route] {
        let documents = Documents(api: api)
        return [
            Routes.Route(declaration: Self.health) { _ in try await health() },
            Routes.Route(declaration: Self.live) { _ in
                try .json(Liveness(status: "alive", service: name, timestamp: context.world.now))
            },
            Routes.Route(declaration: Self.ready) { _ in
                let (state, stall) = (state.current, state.relayStalledBecause)
                // A service that commits and cannot tell anybody is no use to those who wait for its events.
                let isReady = state == .ready && stall == nil
                return try .json(
                    Liveness(
                        status: isReady ? "ready" : stall == nil ? "\(state)" : "stalled", service: name, timestamp: context.world.now,
                        outbox: stall), status: isReady ? 200 : 503)
            },
            Routes.Route(declaration: Self.metrics) { _ in
                await state.refreshMessagingGauges()
                return .text(PrometheusText.write(context.metrics.samples()), contentType: PrometheusText.contentType)
            },
            Routes.Route(declaration: Self.openAPI) { _ in .json(try documents.openAPI()) },
            Routes.Route(declaration: Self.asyncAPI) { _ in .json(try documents.asyncAPI()) },
        ]
    }

    private func health() async throws -> RawReply {
        let state = state.current
        let database = state == .stopped ? false : await storeLane.probe()
        let isHealthy = database && state == .ready
        return try .json(
            Health(
                status: isHealthy ? "healthy" : "unhealthy", service: name,
                timestamp: Timestamp(seconds: context.world.now.secondsSinceEpoch), database: database ? "connected" : "disconnected",
                cache: "connected", redis: "connected", state: "\(state)", outbox: self.state.relayStalledBecause),
            status: isHealthy ? 200 : 503)
    }

    /// Made when first asked for: most services are never asked.
    private final class Documents: Sendable {
        private let api: any ServiceAPI.Type
        private let made = Mutex((openAPI: Data?.none, asyncAPI: Data?.none))

        init(api: any ServiceAPI.Type) { self.api = api }

        func openAPI() throws -> Data {
            try made.withLock { made in
                if let data = made.openAPI { return data }
                let data = try JSONCoding.encode(
                    OpenAPIDocument.build([api], title: api.name, summary: api.summary, servers: [], extra: PlatformEndpoints.all))
                made.openAPI = data
                return data
            }
        }

        func asyncAPI() throws -> Data {
            try made.withLock { made in
                if let data = made.asyncAPI { return data }
                let data = try JSONCoding.encode(AsyncAPIDocument.build([api], title: api.name, summary: api.summary))
                made.asyncAPI = data
                return data
            }
        }
    }
}
