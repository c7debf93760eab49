import Contracts
import Logging
import Messaging
import Reliability
import Runtime
import Storage
import Synchronization
import Telemetry

/// One instance of a service, ready to run: its endpoints, consumers, timers and outbox relay around the service's actor.
///
///     let host = ServiceHost(try OrdersService(context: context), context: context, bus: bus)
///     host.onFailure { failure in … }
///     try await host.start()
///     let reply = await host.respond(RawRequest(.get, "/orders/42"))
///     await host.stop()
///
/// Everything runs on the instance's lane. A host is started once; after a stop or a failure a new instance takes its place.
public final class ServiceHost: Sendable {
    public let declaration: ServiceDeclaration
    public let instance: String
    public let displayName: String
    public let context: ServiceContext
    public let options: HostOptions
    let world: World
    let table: RouteTable
    let handlers: [RouteHandler]
    let fallback: FallbackHandler?
    let marks: [Routes.Mark]
    let storeLane: StoreLane
    let edge: EdgeRules
    let logger: Logger
    let inFlight = Atomic<Int>(0)
    let bus: any MessageBus
    private let consumers: Consumers
    private let timers: TimerHandlers
    private let startService: @Sendable () async throws -> Void
    private let stateValue = Atomic<Int>(HostState.starting.rawValue)
    private let running = Mutex(Running())

    private struct Running {
        var loops = [(name: String, task: Task<Void, any Error>)]()
        var onFailure: (@Sendable (LoopFailure) -> Void)?
        var relay: OutboxRelay?
    }

    /// Builds the route table; nothing runs yet.
    public init<S: Microservice>(_ service: S, context: ServiceContext, bus: any MessageBus, options: HostOptions = HostOptions()) {
        declaration = S.declaration
        world = context.world
        instance = context.world.instance
        displayName = options.displayName ?? S.declaration.name
        self.context = context
        self.options = options
        self.bus = bus
        logger = context.logger
        let storeLane = StoreLane(world: context.world, store: context.store)
        self.storeLane = storeLane
        edge = EdgeRules(tokens: options.tokens, world: context.world)

        var routes = Routes()
        service.routes(&routes)
        var table = RouteTable()
        for route in routes.routes { table.add(route.declaration) }
        let platform = PlatformEndpoints(name: displayName, api: S.declaration.api, context: context, storeLane: storeLane)
        var all = routes.routes
        for route in platform.routes() where !table.contains(route.declaration.verb, route.declaration.path) {
            table.add(route.declaration)
            all.append(route)
        }
        self.table = table
        handlers = all.map { RouteHandler($0, metrics: context.metrics) }
        fallback = routes.fallback.map { FallbackHandler($0, metrics: context.metrics) }
        marks = routes.marks

        var consumers = Consumers()
        service.consumers(&consumers)
        self.consumers = consumers
        var timers = TimerHandlers()
        service.timers(&timers)
        self.timers = timers
        startService = { try await service.start() }
        platform.state.store(self)
        context.metrics.gauge(TelemetryEvent.requestsInFlight.name, TelemetryEvent.requestsInFlight.summary) { [weak self] in
            Double(self?.inFlight.load(ordering: .relaxed) ?? 0)
        }
    }

    public var state: HostState { HostState(rawValue: stateValue.load(ordering: .acquiring))! }

    /// What the service and the platform answer, in order of declaration.
    public var endpoints: [EndpointDeclaration] { table.declarations }
    public var consumerGroups: [Consumers.Group] { consumers.groups }

    /// Why the outbox does not move; nil while the bus takes messages.
    public var relayStalledBecause: String? { running.withLock { $0.relay }?.stalledBecause }

    /// Called once when a loop ends by itself; the instance is then `failed` and answers no more.
    public func onFailure(_ body: @escaping @Sendable (LoopFailure) -> Void) { running.withLock { $0.onFailure = body } }

    /// Checks the settings, declares the topics, starts the service and its loops, and enters the directory.
    /// - Throws: ``SettingsError``, ``BusError``, or what the service's own start throws; the instance is then `failed`.
    public func start() async throws {
        precondition(state == .starting, "\(instance) has been started already")
        do {
            try context.settings.check()
            try await bus.declare(topics)
            try await startService()
        } catch {
            stateValue.store(HostState.failed.rawValue, ordering: .releasing)
            throw error
        }
        let store = context.store
        let relay = OutboxRelay(world: world, store: store, bus: bus, observer: RelayMetrics(context.metrics), logger: logger)
        running.withLock { $0.relay = relay }
        launch("relay") { try await relay.run() }
        if !timers.isEmpty {
            let loop = TimerLoop(world: world, store: store, handlers: timers, logger: logger)
            launch("timers") { try await loop.run() }
        }
        for group in consumers.groups {
            let loop = ConsumerLoop(
                world: world, bus: bus, store: store,
                subscription: Subscription(group: group.name, topics: group.topics, member: instance, retry: group.retry),
                handlers: group.handlers, pace: group.pace, observer: GroupMetrics(group: group.name, registry: context.metrics),
                logger: logger)
            launch("consumer \(group.name)") { try await loop.run() }
        }
        stateValue.store(HostState.ready.rawValue, ordering: .releasing)
        context.directory.register(self, as: declaration.name)
    }

    /// Answers no new requests, lets the ones in progress finish, ends the loops and closes the store. Safe to call twice.
    ///
    /// What is still in the outbox stays there and goes out after the next start.
    public func stop() async {
        guard state != .stopped, state != .draining else { return }
        stateValue.store(HostState.draining.rawValue, ordering: .releasing)
        context.directory.unregister(self, from: declaration.name)
        let end = world.now + options.drainsFor
        while inFlight.load(ordering: .acquiring) > 0, world.now < end {
            // Cancelled while draining: the rest is ended now.
            do { try await world.sleep(for: .milliseconds(2)) } catch { break }
        }
        let loops = running.withLock { running in
            defer { running.loops = [] }
            return running.loops
        }
        for loop in loops { loop.task.cancel() }
        // The store's feeds wake the loops that wait for them only when they close, so it closes before they are awaited.
        do { try await storeLane.close() } catch { logger.warning("store not closed", metadata: ["error": "\(error)"]) }
        for loop in loops { _ = await loop.task.result }
        stateValue.store(HostState.stopped.rawValue, ordering: .releasing)
    }

    /// Its own topics, what its groups read, and the topics of its peers: a command goes to a topic of the one who takes it, and that one
    /// may start later, or not at all.
    private var topics: [Topic] {
        var seen = Set<String>()
        let all = [.sagaReplies] + declaration.api.topics + consumers.groups.flatMap(\.topics) + declaration.consumes.flatMap { $0.topics }
        return all.filter { seen.insert($0.name).inserted }
    }

    private func launch(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        let task = world.spawn("\(instance) \(name)") {
            do {
                try await body()
                self.ended(name, HostLoopEnded())
            } catch is CancellationError {
                return
            } catch is InstanceCrash {
                return
            } catch {
                self.ended(name, error)
            }
        }
        running.withLock { $0.loops.append((name, task)) }
    }

    private func ended(_ loop: String, _ reason: any Error) {
        guard state == .ready || state == .starting else { return }
        stateValue.store(HostState.failed.rawValue, ordering: .releasing)
        context.directory.unregister(self, from: declaration.name)
        logger.error("loop ended", metadata: ["loop": "\(loop)", "error": "\(reason)"])
        let failure = LoopFailure(instance: instance, loop: loop, reason: reason)
        let report = running.withLock { running in
            defer { running.onFailure = nil }
            return running.onFailure
        }
        report?(failure)
    }
}

/// A loop that should run until it is cancelled has returned.
struct HostLoopEnded: Error, CustomStringConvertible {
    var description: String { "it returned although nobody had stopped it" }
}
