import Runtime

public struct GatewayRouteList: Codable, Sendable, Hashable {
    public var items: [GatewayRouteView]
    public init(items: [GatewayRouteView]) { self.items = items }
}

/// One line of the route table.
public struct GatewayRouteView: Codable, Sendable, Hashable {
    public var prefix: String
    public var service: String
    public var strips_prefix: Bool

    public init(prefix: String, service: String, strips_prefix: Bool) {
        self.prefix = prefix
        self.service = service
        self.strips_prefix = strips_prefix
    }
}

public struct UpstreamList: Codable, Sendable, Hashable {
    public var items: [UpstreamView]
    public init(items: [UpstreamView]) { self.items = items }
}

/// A service behind the gateway, as the gateway sees it.
public struct UpstreamView: Codable, Sendable, Hashable {
    public var service: String
    public var replicas: [ReplicaView]
    /// `closed`: calls pass; `open`: refused at once; `half_open`: one call tries.
    public var breaker: String
    /// Calls that were answered.
    public var requests_total: Int
    public var failures_total: Int
    /// Calls that the open breaker refused.
    public var refused_total: Int
    public var retries_total: Int

    public init(
        service: String, replicas: [ReplicaView], breaker: String, requests_total: Int, failures_total: Int, refused_total: Int,
        retries_total: Int
    ) {
        self.service = service
        self.replicas = replicas
        self.breaker = breaker
        self.requests_total = requests_total
        self.failures_total = failures_total
        self.refused_total = refused_total
        self.retries_total = retries_total
    }
}

public struct ReplicaView: Codable, Sendable, Hashable {
    public var name: String
    /// False while it starts, drains or is stopped; calls go to the others in turn.
    public var answers: Bool

    public init(name: String, answers: Bool) {
        self.name = name
        self.answers = answers
    }
}

public struct RequestLogPage: Codable, Sendable, Hashable {
    public var items: [LoggedRequest]
    public init(items: [LoggedRequest]) { self.items = items }
}

/// One request that passed the gateway. Neither bodies nor headers nor queries are kept.
public struct LoggedRequest: Codable, Sendable, Hashable {
    public var at: Timestamp
    public var request_id: String
    public var method: String
    public var path: String
    /// Nil when no route matched.
    public var service: String?
    public var status: Int
    public var microseconds: Int64
    /// `hit`, `miss` or `stale`; nil when the cache was not asked.
    public var cache: String?
    public var user_id: String?

    public init(
        at: Timestamp, request_id: String, method: String, path: String, service: String?, status: Int, microseconds: Int64,
        cache: String?, user_id: String?
    ) {
        self.at = at
        self.request_id = request_id
        self.method = method
        self.path = path
        self.service = service
        self.status = status
        self.microseconds = microseconds
        self.cache = cache
        self.user_id = user_id
    }
}

public struct GatewayReadiness: Codable, Sendable, Hashable {
    /// `ready`, or `degraded` when a service does not answer well.
    public var status: String
    public var service: String
    public var timestamp: Timestamp
    public var upstreams: [UpstreamHealth]

    public init(status: String, service: String, timestamp: Timestamp, upstreams: [UpstreamHealth]) {
        self.status = status
        self.service = service
        self.timestamp = timestamp
        self.upstreams = upstreams
    }
}

public struct UpstreamHealth: Codable, Sendable, Hashable {
    public var service: String
    public var healthy: Bool
    public var status: Int
    public var breaker: String

    public init(service: String, healthy: Bool, status: Int, breaker: String) {
        self.service = service
        self.healthy = healthy
        self.status = status
        self.breaker = breaker
    }
}
