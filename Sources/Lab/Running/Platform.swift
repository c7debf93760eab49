import Contracts
import Foundation
import GatewayService
import LMDBBus
import Logging
import Messaging
import NIOCore
import Runtime
import ServiceKit
import Storage
import Telemetry
import UsersAPI

/// The services of a lab and what they share: log, directory, secrets. Live labs and simulated ones are both one of these.
///
/// - Live: a world of real time, files in the data directory, a listener for each service.
/// - Simulated: a seeded world, files in a temporary folder, no listeners.
package final class Platform: Sendable {
    package let world: World
    let topology: Topology
    package let directory: DataDirectory
    package let bus: LMDBMessageBus
    let log: LogSink
    package let secrets: SecretStore
    /// Where in-process requests find the services.
    package let services: ServiceDirectory
    /// Each after those it depends on, the gateway last.
    package let instances: [ServiceInstance]
    private let settings: LabSettings
    private let supervisor: Supervisor

    /// Opens the log; the services are made by ``start()``.
    /// - Parameters:
    ///   - eventLoops: nil for a lab without listeners.
    ///   - wiring: what lies between the services and the log, and between each other.
    package init(
        world: World, settings: LabSettings, directory: DataDirectory, secrets: SecretStore, log: LogSink,
        eventLoops: (any EventLoopGroup)?, roster: Roster = .standard, wiring: Wiring = .direct
    ) throws {
        let topology = settings.topology
        self.settings = settings
        self.world = world
        self.topology = topology
        self.directory = directory
        self.secrets = secrets
        self.log = log
        let level = Logger.Level(rawValue: settings.logLevel) ?? .info
        let options = LogOptions(
            persistence: topology.broker.persistence.ofLog, bytesBudget: UInt64(topology.broker.budgetMebibytes) << 20)
        let bus = try LMDBMessageBus.open(world: world, directory: directory.bus, options: options)
        self.bus = bus
        services = ServiceDirectory(connecting: wiring.service)
        let tokens = SharedTokens()
        let surroundings = ServiceInstance.Surroundings(
            world: world, bus: { wiring.bus(bus, $0) }, directory: services, secrets: secrets, log: log, logLevel: level,
            options: StoreOptions(persistence: topology.broker.persistence.ofStores, templates: wiring.templates),
            authenticates: topology.authentication == .on,
            tokens: tokens, eventLoops: eventLoops,
            configure: { service in
                guard let gateway = service as? GatewayService else { return }
                gateway.open(to: topology.routeTable, targets: topology.gatewayTargets(roster))
                tokens.use(gateway.tokens)
            })
        instances = topology.specifications(of: roster, in: directory, host: eventLoops == nil ? nil : settings.host).map {
            ServiceInstance($0, surroundings)
        }
        supervisor = Supervisor(
            world: world, logger: ServiceLogHandler.logger(service: "lab", world: world, sink: log, level: level))
    }

    /// The instance with that name in the topology, or in the roster.
    package func instance(named name: String) -> ServiceInstance? {
        instances.first { $0.name == name } ?? instances.first { $0.service == name }
    }

    /// Starts everything, or nothing: files at the same time, loops by dependency, listeners last, so that nobody outside
    /// reaches a lab that is half there.
    package func start() async throws {
        do {
            try await prepare()
            var started = Set<String>()
            var left = instances
            while !left.isEmpty {
                let waiting = Set(left.map(\.service))
                let ready = left.filter { instance in
                    instance.declaration.consumes.allSatisfy { $0.name == instance.service || !waiting.contains($0.name) }
                        && (instance.service != Roster.gatewayName || left.count == 1)
                }
                let wave = ready.isEmpty ? [left[0]] : ready
                try await each(wave) { try await $0.run() }
                started.formUnion(wave.map(\.name))
                left.removeAll { started.contains($0.name) }
            }
            try await each(instances) { try await $0.listen() }
        } catch {
            await stop()
            throw error
        }
    }

    /// Opens every file and sets up every service around it; nothing runs yet.
    /// - Throws: ``LabError`` of kind `usage` for settings that cannot be used, as well as what opening throws.
    func prepare() async throws {
        // Before anything runs: a loop may end as soon as it has begun.
        for instance in instances { await supervise(instance) }
        try await each(instances) { try await $0.prepare() }
        var wrong = [String]()
        for instance in instances {
            do { try instance.checkSettings() } catch let error as SettingsError {
                for problem in error.found {
                    let source = settings.source(of: problem.key, for: instance.name).map { " (\($0))" } ?? ""
                    wrong.append("\(instance.name): \(problem.text)\(source)")
                }
            }
        }
        guard wrong.isEmpty else {
            throw LabError(
                .usage, "the lab's settings cannot be used", why: wrong.joined(separator: "\n"),
                next: "correct it where it comes from; labctl config shows every setting and its source")
        }
    }

    /// Closes what ``prepare()`` has opened, where nothing was started.
    func unprepare() async {
        for instance in instances.reversed() { await instance.unprepare() }
        bus.close()
    }

    /// The process has ended (simulated runs): files are closed as the system would close them, nobody is awaited.
    package func processEnded() {
        bus.abandon()
        for instance in instances { instance.release() }
    }

    /// Of the account that may do everything; nil when this lab has none.
    var staffEmail: String? {
        guard let users = instances.first(where: { $0.service == UsersAPI.name }), topology.authentication == .on else { return nil }
        let email = users.specification.settings["staff_email"] ?? "admin@lab.local"
        return email.isEmpty ? nil : email
    }

    private func supervise(_ instance: ServiceInstance) async {
        let supervisor = supervisor
        await instance.whenFailed { instance, failure in supervisor.noteFailure(of: instance, failure) }
    }

    /// Drains and ends: all listeners at once, the services against the order of their dependencies, then the log.
    package func stop() async {
        await supervisor.stop()
        // What comes from outside waits for one slow client at most once; services reach each other without listeners.
        let closing = instances.filter { $0.port != nil }.map { instance in world.spawn("close") { await instance.closeListener() } }
        for task in closing { _ = await task.result }
        for instance in instances.reversed() { await instance.stop() }
        bus.close()
    }

    package func stop(_ instance: ServiceInstance) async throws {
        if instance.state == .stopped { return }
        guard instance.state == .running || instance.state == .failed else {
            throw LabError(.failed, "\(instance.name) is \(instance.state.rawValue) and cannot be stopped", next: "labctl ps")
        }
        supervisor.forget(instance)
        await instance.stop()
    }

    /// - Throws: ``LabError`` of an instance that is just starting or stopping, and what a start throws.
    package func start(_ instance: ServiceInstance) async throws {
        if instance.state == .running { return }
        let supervisor = supervisor
        try await instance.start { supervisor.forget(instance) }
    }

    /// Runs `body` for all at the same time and waits for all; the first failure in order of the list is thrown.
    private func each(_ instances: [ServiceInstance], _ body: @escaping @Sendable (ServiceInstance) async throws -> Void) async throws {
        let tasks = instances.map { instance in world.spawn("lab") { try await body(instance) } }
        var failure: (any Error)?
        for task in tasks {
            do { try await task.value } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}

extension Topology.Broker.Persistence {
    var ofLog: LogOptions.Persistence {
        switch self {
        case .durable: .durable
        case .relaxed: .relaxed
        case .volatile: .volatile
        }
    }

    var ofStores: StorePersistence {
        switch self {
        case .durable: .durable
        case .relaxed: .relaxed
        case .volatile: .volatile
        }
    }

    /// What it means for syncs, in a sentence for people.
    var sentence: String {
        switch self {
        case .durable: "each commit is synced before it is answered (SQLite FULL, log fsync per group commit)"
        case .relaxed: "survives kill -9; a power cut may undo the last commits (SQLite NORMAL)"
        case .volatile: "never synced: a power cut may destroy the data"
        }
    }
}
