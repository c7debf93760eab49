/// What `labctl status` and `labctl ps` show.
public struct LabStatus: Codable, Sendable {
    public var topology: String
    public var summary: String
    public var pid: Int32
    public var data: String
    public var control: String
    /// `durable`, `relaxed` or `volatile`.
    public var persistence: String
    /// What that means for syncs, in a sentence.
    public var fsync: String
    public var authentication: String
    /// RFC 3339.
    public var started_at: String
    public var startup_ms: Double
    /// True when nothing existed before this start.
    public var is_new: Bool
    public var gateway: String?
    public var services: [InstanceStatus]
    public var memory_mebibytes: Int?

    public init(
        topology: String, summary: String, pid: Int32, data: String, control: String, persistence: String, fsync: String,
        authentication: String, started_at: String, startup_ms: Double, is_new: Bool, gateway: String?, services: [InstanceStatus],
        memory_mebibytes: Int?
    ) {
        self.topology = topology
        self.summary = summary
        self.pid = pid
        self.data = data
        self.control = control
        self.persistence = persistence
        self.fsync = fsync
        self.authentication = authentication
        self.started_at = started_at
        self.startup_ms = startup_ms
        self.is_new = is_new
        self.gateway = gateway
        self.services = services
        self.memory_mebibytes = memory_mebibytes
    }
}

/// One service of a running lab.
public struct InstanceStatus: Codable, Sendable {
    /// Its name in the topology.
    public var name: String
    /// Its name in the roster.
    public var service: String
    public var state: InstanceState
    public var url: String?
    public var port: Int?
    /// Starts after the first, by the supervisor or by hand.
    public var restarts: Int
    /// RFC 3339; of the present state.
    public var since: String
    public var last_failure: String?

    public init(
        name: String, service: String, state: InstanceState, url: String?, port: Int?, restarts: Int, since: String, last_failure: String?
    ) {
        self.name = name
        self.service = service
        self.state = state
        self.url = url
        self.port = port
        self.restarts = restarts
        self.since = since
        self.last_failure = last_failure
    }
}

/// Where an instance is in its life.
///
///     starting → running → stopping → stopped → starting …
///         ↓          ↓
///       failed ← ─ ─ ┘   → starting (after the backoff)
public enum InstanceState: String, Codable, Sendable {
    case starting, running, stopping, stopped, failed
}
