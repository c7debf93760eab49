import Contracts
import GRDB
import Foundation
import Logging
import Messaging
import NIOCore
import Runtime
import Sagas
import ServiceKit
import Storage
import Synchronization
import Telemetry

/// One service of a lab through all its lives: each start makes a fresh lane, store and actor from the same file.
///
/// Runs on the lab's lane. Starts and stops follow each other: an order that arrives in between is refused.
package actor ServiceInstance {
    /// What all instances of a lab share.
    struct Surroundings: Sendable {
        let world: World
        /// The log as an instance with this world sees it.
        let bus: @Sendable (World) -> any MessageBus
        let directory: ServiceDirectory
        let secrets: SecretStore
        let log: LogSink
        let logLevel: Logger.Level
        let options: StoreOptions
        let authenticates: Bool
        let tokens: SharedTokens
        let eventLoops: (any EventLoopGroup)?
        /// Called with each new actor before it starts: the gateway is told its routes.
        let configure: @Sendable (any Microservice) -> Void
    }

    private struct Snapshot {
        var state = InstanceState.stopped
        var since: Timestamp
        var starts = 0
        var lastFailure: String?
        var port: Int?
        var store: ServiceStore?
        var host: ServiceHost?
        var wasOutboxEmpty = true
        var sagas = [any SagaInspecting]()
    }

    nonisolated package let specification: InstanceSpecification
    private let surroundings: Surroundings
    private let snapshot: Mutex<Snapshot>
    private var life: Life?
    /// Why a loop ended while the instance was still starting: found when the start is over.
    private var earlyFailure: (any Error)?
    private var isEnding = false
    /// Whoever waits for the start.
    private var starting: UnsafeContinuation<Void, any Error>?
    private var onFailure: (@Sendable (ServiceInstance, any Error) -> Void)?

    /// What a start makes and a stop ends.
    private struct Life {
        let world: World
        let service: any Microservice
        let host: ServiceHost
        var listener: HTTPListener?
        var listening: Task<Void, any Error>?
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { surroundings.world.lane.asUnownedSerialExecutor() }

    init(_ specification: InstanceSpecification, _ surroundings: Surroundings) {
        self.specification = specification
        self.surroundings = surroundings
        snapshot = Mutex(Snapshot(since: surroundings.world.now))
    }

    package nonisolated var name: String { specification.name }
    package nonisolated var service: String { specification.service }
    package nonisolated var declaration: ServiceDeclaration { specification.declaration }
    package nonisolated var tables: PlatformTables {
        PlatformTables(service: name, file: specification.file, definitions: snapshot.withLock { $0.sagas })
    }
    package nonisolated var state: InstanceState { snapshot.withLock { $0.state } }

    /// True when the log has every message that the service has committed. A stopped service answers as it was when it stopped.
    package nonisolated var isOutboxEmpty: Bool {
        let (store, wasEmpty) = snapshot.withLock { ($0.store, $0.wasOutboxEmpty) }
        return store?.isOutboxEmpty ?? wasEmpty
    }

    /// Where it listens; nil before its first start, and in labs without listeners.
    nonisolated var port: Int? { snapshot.withLock { $0.port } }

    nonisolated var url: String? {
        guard let address = specification.address, let port = snapshot.withLock({ $0.port }) else { return nil }
        return "http://\(address.authority(port: port))"
    }

    package nonisolated var status: InstanceStatus {
        let now = snapshot.withLock { $0 }
        return InstanceStatus(
            name: name, service: service, state: now.state, url: url, port: now.port, restarts: max(0, now.starts - 1),
            since: now.since.rfc3339, last_failure: now.lastFailure)
    }

    func whenFailed(_ body: @escaping @Sendable (ServiceInstance, any Error) -> Void) { onFailure = body }

    // MARK: Life

    /// Opens the file and builds the service around it; nothing runs yet. What a failed instance still holds is released first.
    /// - Throws: ``LabError`` of an instance that is in the middle of something else: of two orders at once the second is refused.
    func prepare() async throws {
        try claim()
        try await open()
    }

    /// No await before the state has changed: whoever comes meanwhile finds it.
    private func claim() throws {
        guard state == .stopped || state == .failed, !isEnding else {
            throw LabError(
                .failed, "\(name) cannot start while it is \(isEnding ? "closing its files" : state.rawValue)", next: "labctl ps")
        }
        enter(.starting)
    }

    private func open() async throws {
        await end()
        let world = surroundings.world.instance(name)
        do {
            // On the instance's own lane, so that several services open their files at the same time.
            let specification = specification
            let surroundings = surroundings
            let building = world.spawn("open \(specification.name)") {
                try ServiceInstance.build(specification.type, specification, surroundings, world)
            }
            let (service, host) = try await building.value
            life = Life(world: world, service: service, host: host)
            snapshot.withLock {
                $0.sagas = service.sagas
                $0.store = host.context.store
                $0.host = host
            }
        } catch {
            world.shutDown()
            throw failed(error)
        }
    }

    /// Of a prepared service: which settings it asks for is known once it has been set up.
    /// - Throws: `SettingsError`
    nonisolated func checkSettings() throws { try snapshot.withLock { $0.host }?.context.settings.check() }

    /// Starts the loops of a prepared service: from now on its peers reach it.
    func run() async throws {
        guard let life else { throw LabError(.failed, "\(name) has not been prepared") }
        earlyFailure = nil
        do {
            life.host.onFailure { [weak self] failure in
                guard let self else { return }
                self.surroundings.world.lane.perform { self.assumeIsolated { $0.loopEnded(failure, of: life.host) } }
            }
            try await whileAlive(life) { try await life.host.start() }
            if let earlyFailure { throw earlyFailure }
        } catch {
            let failure = failed(error)
            await end()
            throw failure
        }
        enter(.running)
        snapshot.withLock { $0.starts += 1 }
    }

    /// Runs `body` on the instance's lane and waits for it, but not for a lane whose instance has crashed meanwhile.
    private func whileAlive(_ life: Life, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let lane = surroundings.world.lane
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
            starting = continuation
            _ = life.world.spawn("start \(name)") {
                var failure: (any Error)?
                do { try await body() } catch { failure = error }
                let ended = failure
                lane.perform { self.assumeIsolated { $0.started(ended) } }
            }
        }
    }

    private func started(_ failure: (any Error)?) {
        guard let continuation = starting else { return }
        starting = nil
        if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
    }

    /// Opens the listener of a running service; without an address there is none.
    func listen() async throws {
        guard let address = specification.address, let loops = surroundings.eventLoops, let host = life?.host else { return }
        // A free port that was taken once is kept, so that addresses survive a restart.
        let port = snapshot.withLock { $0.port } ?? address.port
        let world = host.context.world
        let listener = HTTPListener(
            name, at: .tcp(host: address.host, port: port), group: loops, world: world, logger: host.context.logger
        ) { await host.respond($0) }
        life?.listener = listener
        // On the instance's lane: a request goes from the network thread to the service's and back.
        life?.listening = world.spawn("\(name) listener") { try await listener.run() }
        do {
            let bound = try await listener.waitUntilBound()
            snapshot.withLock { $0.port = bound }
        } catch {
            let failure = failed(PortRefusal.explain(error, name: name, address, port: port))
            await end()
            throw failure
        }
    }

    /// - Parameter accepted: called once it is sure that nobody else starts or stops the instance.
    func start(accepted: @Sendable () -> Void = {}) async throws {
        try claim()
        accepted()
        try await open()
        try await run()
        try await listen()
    }

    /// Lets requests and messages in progress finish, then ends the instance. Its peers are told that it is not there.
    func stop() async {
        guard state == .running || state == .failed else { return }
        enter(.stopping)
        await end()
        enter(.stopped)
    }

    /// Accepts no more requests from outside; those in progress are finished.
    func closeListener() async { await life?.listener?.stop() }

    /// Closes a service that has been prepared and was not started.
    func unprepare() async {
        guard state == .starting, starting == nil else { return }
        enter(.stopping)
        await end()
        enter(.stopped)
    }

    private func end() async {
        guard let ending = life else { return }
        life = nil
        isEnding = true
        defer { isEnding = false }
        await ending.listener?.stop()
        ending.listening?.cancel()
        _ = await ending.listening?.result
        snapshot.withLock { $0.wasOutboxEmpty = $0.store?.isOutboxEmpty ?? $0.wasOutboxEmpty }
        await ending.host.stop()
        snapshot.withLock {
            $0.store = nil
            $0.host = nil
        }
        ending.world.shutDown()
    }

    /// A loop has ended by itself. A running instance is failed from now on, and whoever supervises it is told; of one that is just
    /// starting the start fails.
    private func loopEnded(_ failure: any Error, of host: ServiceHost) {
        guard life?.host === host else { return }
        switch state {
        case .starting: earlyFailure = earlyFailure ?? failure
        case .running:
            _ = failed(failure)
            onFailure?(self, failure)
        case .stopping, .stopped, .failed: return
        }
    }

    /// The instance is gone from one moment to the next (simulated runs): its peers do not reach it, its file is closed, and nothing of
    /// it is awaited. Called outside of every lane.
    package nonisolated func crashed(_ reason: any Error) {
        release()
        surroundings.world.lane.perform {
            self.assumeIsolated { instance in
                instance.life = nil
                if instance.starting != nil { return instance.started(reason) }
                guard instance.state == .running || instance.state == .starting else { return }
                _ = instance.failed(reason)
                instance.onFailure?(instance, reason)
            }
        }
    }

    nonisolated func release() {
        let (store, host) = snapshot.withLock { snapshot in
            defer { (snapshot.store, snapshot.host) = (nil, nil) }
            snapshot.wasOutboxEmpty = false
            return (snapshot.store, snapshot.host)
        }
        if let host { surroundings.directory.unregister(host, from: declaration.name) }
        do { try store?.close() } catch {
            // A dead task may still hold a statement: the file is free all the same, for it has no transaction open.
        }
    }

    /// What a failed instance still holds is released before it starts again.
    func clear() async { await end() }

    private func enter(_ state: InstanceState) {
        snapshot.withLock {
            $0.state = state
            $0.since = surroundings.world.now
        }
    }

    private func failed(_ error: any Error) -> any Error {
        enter(.failed)
        snapshot.withLock { $0.lastFailure = "\((error as? LabError)?.what ?? "\(error)")" }
        return error
    }

    /// A change by an operator, in the service's own transaction.
    func write(_ query: String, isDryRun: Bool) async throws -> SQLResult {
        guard let store = snapshot.withLock({ $0.store }), state == .running else {
            throw LabError(
                .failed, "\(name) is \(state.rawValue): its database can be changed only while it runs", next: "labctl start \(name)")
        }
        struct RolledBack: Error { let changes: Int }
        let file = specification.file
        do {
            let changes = try await store.write(cause: Cause(correlationID: surroundings.world.makeID())) { tx in
                let before = tx.db.totalChangesCount
                do { try tx.db.executeConfined(query) } catch let error as DatabaseError where error.resultCode == .SQLITE_AUTH {
                    throw SQLConsole.refusal(error, file)
                }
                let changes = tx.db.totalChangesCount - before
                if isDryRun { throw RolledBack(changes: changes) }
                return changes
            }
            return SQLResult(columns: [], rows: [], changes: changes, is_truncated: false)
        } catch let rolledBack as RolledBack {
            return SQLResult(columns: [], rows: [], changes: rolledBack.changes, is_truncated: false)
        } catch let error as DatabaseError {
            throw SQLConsole.refusal(error, file)
        }
    }

    /// Makes the service's projections again, on its own lane.
    /// - Parameter log: opens the messages of some topics.
    func rebuild(
        replacing: Bool, log: @escaping @Sendable ([Topic]) async throws -> ReplayedLog
    ) async throws -> ProjectionRebuild {
        guard let life, state == .running else {
            throw LabError(
                .failed, "\(name) is \(state.rawValue): its tables can be rebuilt only while it runs", next: "labctl start \(name)")
        }
        guard let service = life.service as? any ProjectionRebuilding else {
            throw LabError(
                .usage, "\(name) has nothing to rebuild", why: "none of its tables follow from events", next: "labctl rebuild --help")
        }
        let cause = Cause(correlationID: surroundings.world.makeID())
        return try await life.world.spawn("rebuild") {
            try await service.rebuild(replacing: replacing, cause: cause, log: try await log(service.replayedTopics))
        }.value
    }

    /// On the instance's lane.
    private static func build<S: Microservice>(
        _ type: S.Type, _ specification: InstanceSpecification, _ surroundings: Surroundings, _ world: World
    ) throws -> (service: any Microservice, host: ServiceHost) {
        let store = try ServiceStore.open(
            world: world, service: specification.name, file: specification.file, migrations: S.declaration.migrations,
            options: surroundings.options)
        do {
            let bus = surroundings.bus(world)
            let logger = ServiceLogHandler.logger(
                service: specification.name, world: world, sink: surroundings.log, level: surroundings.logLevel)
            if let last = bus.lastNumber(of: store.service) {
                let unknown = try store.continueNumbering(after: last)
                if unknown > 0 {
                    logger.warning(
                        "the database is older than the log, which has messages that it knows nothing of",
                        metadata: ["service": "\(store.service)", "messages": "\(unknown)"])
                }
            }
            let context = ServiceContext(
                declaration: S.declaration, world: world, store: store, settings: Settings(specification.settings), logger: logger,
                secrets: surroundings.secrets, directory: surroundings.directory)
            let service = try S(context: context)
            surroundings.configure(service)
            let host = ServiceHost(
                service, context: context, bus: bus,
                options: HostOptions(
                    displayName: specification.name, authenticates: surroundings.authenticates,
                    tokens: surroundings.authenticates ? surroundings.tokens : nil))
            return (service, host)
        } catch {
            try store.close()
            throw error
        }
    }
}
