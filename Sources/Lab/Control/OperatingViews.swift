/// A way in: an endpoint, where it is served, and where the gateway offers it.
public struct RouteView: Codable, Sendable {
    public var method: String
    public var path: String
    public var service: String
    public var access: String
    public var summary: String
    public var operation_id: String
    /// Full address at the gateway; nil when it is not reachable there.
    public var gateway: String?
}

public struct SagaView: Codable, Sendable {
    public struct Entry: Codable, Sendable {
        public var at: String
        public var step: String
        public var event: String
        public var detail: String?
    }
    /// One step of the definition, also when it is still ahead.
    public struct Step: Codable, Sendable {
        public var name: String
        /// ahead, now, done, skipped, failed, unknown (timed out), compensating or compensated.
        public var status: String
        public var is_pivot: Bool
        public var started_at: String?
        public var ended_at: String?
    }
    public var service: String
    public var definition: String
    public var id: String
    /// running, completed, compensating or compensated.
    public var status: String
    /// Index of the step in work, or of the last one that was.
    public var step: Int
    public var step_name: String?
    /// Tries of the step in work.
    public var attempt: Int?
    public var reason: String?
    public var started_at: String
    public var updated_at: String
    /// JSON text.
    public var state: String?
    public var steps: [Step]?
    public var log: [Entry]?
    /// A flowchart.
    public var mermaid: String?
}

/// What `labctl rebuild` found, and did.
public struct RebuildView: Codable, Sendable {
    public var service: String
    /// Events applied again.
    public var events: Int
    /// How the tables differed from what follows from the events, one text a table.
    public var differences: [String]
    public var is_replaced: Bool
}

/// The account that may do everything, for whoever may open the control socket.
public struct StaffLogin: Codable, Sendable {
    public var email: String
    public var password: String
}

public struct SQLRequest: Codable, Sendable {
    public var service: String
    public var query: String
    public init(service: String, query: String) {
        self.service = service
        self.query = query
    }
}

/// Rows of a query.
public struct SQLResult: Codable, Sendable {
    public var columns: [String]
    public var rows: [[SQLValue]]
    public var changes: Int?
    /// True when there were more rows than are shown.
    public var is_truncated: Bool
}

/// Whether anything is still on its way. Exact: read from the log, the outboxes and the saga tables, not guessed from silence.
public struct QuietReport: Codable, Sendable {
    public var is_quiet: Bool
    /// What is still open, one line each.
    public var open: [String]
}

public struct DoctorReport: Codable, Sendable {
    public struct Check: Codable, Sendable {
        public var name: String
        public var is_ok: Bool
        public var detail: String
        public var next: String?
        public init(name: String, is_ok: Bool, detail: String, next: String? = nil) {
            self.name = name
            self.is_ok = is_ok
            self.detail = detail
            self.next = next
        }
    }
    public var checks: [Check]
    public init(checks: [Check]) { self.checks = checks }
    public var isHealthy: Bool { checks.allSatisfy(\.is_ok) }
}
