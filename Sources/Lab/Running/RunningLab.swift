import Foundation
import Logging
import NIOCore
import NIOPosix
import Runtime
import ServiceKit
import Synchronization
import Telemetry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lab in this process: services with their listeners, supervisor, and the control socket.
///
///     let settings = try LabSettings.resolve(flags: [:], environment: [:], library: .standard())
///     let lab = try await RunningLab.start(settings, directory: DataDirectory(url))
///     print(lab.status().gateway ?? "")
///     await lab.stop()
///
/// One lab for each data directory; several labs may run in one process.
public final class RunningLab: Sendable {
    public let settings: LabSettings
    public let directory: DataDirectory
    public let log: LogSink
    let platform: Platform
    private let world: World
    private let lock: DirectoryLock
    private let control: ControlServer
    private let facts: Facts
    private let stopping: StopRequest

    private struct Facts: Sendable {
        let startedAt: Timestamp
        let startup: Duration
        let isNew: Bool
    }

    /// Returns when every service answers.
    /// - Parameter processStart: from when the start-up time counts; now when nil.
    /// - Throws: ``LabError``, ``StorageError``, ``BusError``: nothing runs then, and nothing that existed is changed but for migrations and
    ///   `lab.json`.
    public static func start(_ settings: LabSettings, directory: DataDirectory, processStart: Timestamp? = nil) async throws -> RunningLab {
        try directory.create()
        try directory.checkUnclaimed(by: settings.topology)
        let lock = try DirectoryLock(directory)
        let world = World.live(instance: "lab")
        let began = processStart ?? world.now
        let before = directory.record()
        if let before, before.topology != settings.topology.name {
            world.shutDown()
            throw LabError(
                .usage, "\(directory.path) holds the data of \(before.topology), not of \(settings.topology.name)",
                next: "labctl up --topology \(before.topology), or another --data DIR")
        }
        let log = LogSink(file: LogSink.FileOptions(url: directory.logFile, oldFilesMax: DataDirectory.oldLogsMax))
        // On the lab's lane: the continuations of all that follows have a thread of their own.
        do {
            return try await world.spawn("start") {
                try await assemble(settings, directory, lock, world, log, began: began, before: before)
            }.value
        } catch {
            world.shutDown()
            throw Self.explained(error, directory)
        }
    }

    private static func assemble(
        _ settings: LabSettings, _ directory: DataDirectory, _ lock: DirectoryLock, _ world: World, _ log: LogSink, began: Timestamp,
        before: LabRecord?
    ) async throws -> RunningLab {
        // Before the first file of a service is made: a reset deletes what is named here, and nothing else.
        var record = LabRecord(
            topology: settings.topology.name, pid: getpid(), control: directory.controlSocket, gateway: nil, started_at: began.rfc3339,
            services: Set((before?.services ?? []) + settings.topology.instanceNames).sorted())
        try directory.write(record)
        let loops = MultiThreadedEventLoopGroup.singleton
        let logger = ServiceLogHandler.logger(service: "lab", world: world, sink: log, level: .info)
        let platform = try Platform(
            world: world, settings: settings, directory: directory, secrets: SecretStore(directory: directory.secrets), log: log,
            eventLoops: loops)
        try await platform.start()
        let stopping = StopRequest()
        let described = Mutex<(@Sendable () -> LabStatus)?>(nil)
        let operations = Operations(
            platform: platform,
            messages: MessageOperations(world: world, bus: platform.bus, declared: platform.declaredMessages),
            describe: { described.withLock { $0 }!() }, requestStop: { stopping.request() })
        do {
            let facts = Facts(startedAt: world.now, startup: world.now - began, isNew: before == nil)
            described.withLock { $0 = { status(settings, directory, platform, facts) } }
            let control = try await ControlServer.start(
                operations, socket: directory.controlSocket, world: world, group: loops, logger: logger)
            let lab = RunningLab(settings, directory, log, platform, world, lock, control, facts, stopping)
            (record.gateway, record.started_at) = (lab.status().gateway, facts.startedAt.rfc3339)
            try directory.write(record)
            logger.info("lab ready", metadata: ["topology": "\(settings.topology.name)", "ms": "\(facts.startup.milliseconds)"])
            return lab
        } catch {
            await platform.stop()
            throw error
        }
    }

    private init(
        _ settings: LabSettings, _ directory: DataDirectory, _ log: LogSink, _ platform: Platform, _ world: World, _ lock: DirectoryLock,
        _ control: ControlServer, _ facts: Facts, _ stopping: StopRequest
    ) {
        self.settings = settings
        self.directory = directory
        self.log = log
        self.platform = platform
        self.world = world
        self.lock = lock
        self.control = control
        self.facts = facts
        self.stopping = stopping
    }

    public func status() -> LabStatus { Self.status(settings, directory, platform, facts) }

    private static func status(_ settings: LabSettings, _ directory: DataDirectory, _ platform: Platform, _ facts: Facts) -> LabStatus {
        let topology = settings.topology
        return LabStatus(
            topology: topology.name, summary: topology.summary, pid: getpid(), data: directory.path, control: directory.controlSocket,
            persistence: topology.broker.persistence.rawValue, fsync: topology.broker.persistence.sentence,
            authentication: topology.authentication.rawValue, started_at: facts.startedAt.rfc3339, startup_ms: facts.startup.milliseconds,
            is_new: facts.isNew, gateway: platform.instances.first { $0.service == Roster.gatewayName }?.url,
            services: platform.instances.map(\.status), memory_mebibytes: ProcessMemory.residentMebibytes())
    }

    /// Returns when somebody has asked for the end through the control socket, or when the task is cancelled.
    public func stopRequested() async { await stopping.wait() }

    /// Waits until nothing is on its way; see `labctl wait quiet`.
    public func quiet(within limit: Duration = .seconds(60)) async throws -> QuietReport { try await platform.quiet(within: limit) }

    /// Every endpoint, with its address at the gateway.
    public func routes() -> [RouteView] { platform.routes(of: platform.instances, gateway: status().gateway) }

    /// A secret of this lab as text, such as `staff_password`: for whoever runs the lab.
    public func secret(_ name: String) throws -> String { try platform.secrets.text(name) }

    /// Who may do everything here; nil when this lab has no such account.
    public func staff() throws -> StaffLogin? {
        try platform.staffEmail.map { StaffLogin(email: $0, password: try secret("staff_password")) }
    }

    public func stopService(_ name: String) async throws { try await platform.stop(try instance(name)) }
    public func startService(_ name: String) async throws { try await platform.start(try instance(name)) }

    private func instance(_ name: String) throws -> ServiceInstance {
        guard let instance = platform.instance(named: name) else {
            throw LabError.unknown("service", name, known: platform.instances.map(\.name), list: "labctl ps")
        }
        return instance
    }

    /// Finishes what is being answered, closes every file, and frees the data directory. What is still on its way goes on after the next start.
    public func stop() async {
        await platform.stop()
        await control.stop()
        lock.release()
        world.shutDown()
    }

    /// Errors of the floors below, with the next command to type.
    private static func explained(_ error: any Error, _ directory: DataDirectory) -> LabError {
        if let error = error as? LabError { return error }
        return FloorErrors.explain(error, directory)
    }
}
