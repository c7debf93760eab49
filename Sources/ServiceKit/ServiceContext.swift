import Contracts
import Logging
import Runtime
import Storage
import Telemetry

/// Everything an instance of a service is given. Services take from it what they need in their initialiser.
public struct ServiceContext: Sendable {
    public let declaration: ServiceDeclaration
    public let world: World
    public let store: ServiceStore
    public let settings: Settings
    public let logger: Logger
    public let metrics: MetricRegistry
    public let secrets: SecretStore
    public let cache: Cache
    /// Where peers are found.
    public let directory: ServiceDirectory
    /// How calls to peers behave unless a client is made with another policy.
    public let callPolicy: CallPolicy

    public init(
        declaration: ServiceDeclaration, world: World, store: ServiceStore, settings: Settings = Settings(), logger: Logger,
        metrics: MetricRegistry = MetricRegistry(), secrets: SecretStore, cache: Cache? = nil, directory: ServiceDirectory,
        callPolicy: CallPolicy = .standard
    ) {
        self.declaration = declaration
        self.world = world
        self.store = store
        self.settings = settings
        self.logger = logger
        self.metrics = metrics
        self.secrets = secrets
        self.cache = cache ?? Cache(world: world, metrics: metrics)
        self.directory = directory
        self.callPolicy = callPolicy
    }

    /// A client of another service. Calls through a client of a service that is not in `consumes` are refused with ``Problem``
    /// `peer_not_declared`.
    ///
    /// Make it once, in the initialiser: it holds the circuit breaker.
    public func client<API: ServiceAPI>(_ api: API.Type) -> ServiceClient<API> {
        ServiceClient(upstream: upstream(api.name))
    }

    /// The way to another service by name, for gateways: whole requests are passed on and come back as they are.
    public func upstream(_ name: String, policy: CallPolicy? = nil) -> Upstream {
        Upstream(
            service: name, caller: declaration.name, isDeclared: declaration.mayCall(name), world: world, directory: directory,
            policy: policy ?? callPolicy, metrics: metrics)
    }
}
