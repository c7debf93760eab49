import Runtime

/// How a service's instance is hosted.
public struct HostOptions: Sendable {
    /// What `/health` calls the service: a topology may name it otherwise than its API, `user-service` for instance.
    public var displayName: String?
    /// False treats every access rule but `internal` as public, for topologies without users.
    public var authenticates: Bool
    /// Checks tokens of requests that come from the network.
    public var tokens: (any TokenVerifying)?
    /// How long a stop waits for requests and messages in progress.
    public var drainsFor: Duration

    public init(
        displayName: String? = nil, authenticates: Bool = true, tokens: (any TokenVerifying)? = nil, drainsFor: Duration = .seconds(5)
    ) {
        self.displayName = displayName
        self.authenticates = authenticates
        self.tokens = tokens
        self.drainsFor = drainsFor
    }
}

/// Where an instance is in its life.
///
///     starting ──▶ ready ──▶ draining ──▶ stopped
///         │          │
///         └────▶ failed ◀┘
public enum HostState: Int, Sendable, CustomStringConvertible {
    case starting, ready, draining, stopped, failed
    public var description: String {
        switch self {
        case .starting: "starting"
        case .ready: "ready"
        case .draining: "draining"
        case .stopped: "stopped"
        case .failed: "failed"
        }
    }
}

/// A loop of an instance that ended by itself: reported to whoever supervises the instance.
public struct LoopFailure: Error, Sendable, CustomStringConvertible {
    public let instance: String
    /// `relay`, `timers`, or `consumer <group>`.
    public let loop: String
    public let reason: any Error
    public var description: String { "\(loop) of \(instance) ended: \(reason)" }
}
