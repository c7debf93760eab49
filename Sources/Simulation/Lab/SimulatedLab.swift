import Contracts
import Foundation
import GRDB
import LMDBBus
import Lab
import Messaging
import Runtime
import ServiceKit
import Storage
import Telemetry

/// A lab in a simulated world: the production services, the real log and real databases on a seeded scheduler and a virtual clock.
///
///     try await lab.call(.post, "/api/v1/orders", body: order, token: token)
///     try await lab.settle()
///     lab.faults.crash("orders")
///
/// No listeners and no control socket: requests go to the gateway, or to a service, over a network that can fail. Files lie in a
/// temporary folder (in memory where the machine has /dev/shm) and are removed at the end; nothing is synced.
///
/// Clients are outside: they live on when the lab's process ends, and it is started again from its files.
public final class SimulatedLab: @unchecked Sendable {
    // Unchecked: confined to the run's thread.
    /// Outside of the lab's process: the world of clients. Each client takes an instance of its own.
    public let world: World
    public let run: SimulatedRun
    public let faults: FaultControl
    /// What clients were promised.
    public let journal = Journal()
    let clients = ClientWorlds()
    /// The folder with all files.
    public let folder: URL
    /// Called when an instance has ended, before it starts again, with its name and its database file: for scenarios that show what a
    /// mechanism is for by taking it away.
    public var onInstanceEnd: ((_ instance: String, _ file: URL) throws -> Void)?
    let injector: FaultInjector
    let network: SimulatedNetwork
    /// For whoever looks at the tables: oracles, reports, tests.
    let readers: StoreReaders
    /// The topology as the scenario gave it: its persistence says what a loss of power may take.
    private let asked: Topology
    private let settings: LabSettings
    private let roster: Roster
    private let secrets: SecretStore
    private let log = LogSink()
    /// Of the present life of the process.
    private(set) var platform: Platform
    private(set) var isUp = false
    private var restarts = 0
    /// Since the last start that worked.
    private var failedStarts = 0

    /// How long a process that has ended needs to be back.
    private static let restartDelay = Duration.milliseconds(500)
    /// How long a start may take.
    private static let startPatience = Duration.seconds(90)
    private static let failedStartsMax = 20
    /// What ends as a whole.
    private static let process = "lab"

    init(
        world: World, run: SimulatedRun, injector: FaultInjector, topology: Topology, roster: Roster, folder: URL
    ) throws {
        self.world = world
        self.run = run
        self.injector = injector
        self.folder = folder
        self.roster = roster
        asked = topology
        var topology = topology
        topology.broker.persistence = .volatile
        topology.broker.budgetMebibytes = 64
        settings = LabSettings(topology: topology, logLevel: ProcessInfo.processInfo.environment["LAB_SIM_LOG"] ?? "critical")
        secrets = SecretStore(derivedFrom: run.seed)
        let network = SimulatedNetwork(run: run, world: world, faults: injector)
        self.network = network
        platform = try Self.makePlatform(world, settings, folder, secrets, log, roster, injector, network)
        readers = StoreReaders(
            platform.instances.map { StoreReaders.Store(name: $0.name, service: $0.service, file: $0.specification.file) })
        faults = FaultControl(run: run, injector: injector, stores: readers)
        faults.logNames = { [weak self] in
            guard let bus = self?.platform.bus else { return [] }
            return bus.currentGroups().map(\.name) + bus.currentTopics().map(\.name)
        }
    }

    private static func makePlatform(
        _ world: World, _ settings: LabSettings, _ folder: URL, _ secrets: SecretStore, _ log: LogSink, _ roster: Roster,
        _ injector: FaultInjector, _ network: SimulatedNetwork
    ) throws -> Platform {
        try Platform(
            world: world.process(Self.process), settings: settings, directory: DataDirectory(folder), secrets: secrets, log: log,
            eventLoops: nil,
            roster: roster,
            wiring: Wiring(
                bus: { FaultyBus($0, world: $1, faults: injector) },
                service: { replica in
                    guard let host = replica as? ServiceHost else { return replica }
                    return network.connection(to: host, world: host.context.world)
                }, templates: Self.templates))
    }

    /// Of all runs of this process.
    private static let templates = StoreTemplates()

    public var topology: Topology { settings.topology }
    public var now: Timestamp { run.now }

    func boot() async throws {
        try await onProcessLane { try await $0.start() }
        isUp = true
        run.onEnd = { [weak self] in self?.ended($0) }
    }

    func shutDown() async throws {
        isUp = false
        run.onEnd = nil
        try await onProcessLane { await $0.stop() }
    }

    /// Closes what a run that failed has left open.
    func abandon() {
        run.onEnd = nil
        readers.close()
        platform.processEnded()
    }

    /// The platform's own code belongs on a lane of its process.
    private func onProcessLane<T: Sendable>(_ body: @escaping @Sendable (Platform) async throws -> T) async throws -> T {
        let platform = platform
        return try await platform.world.spawn("lab") { try await body(platform) }.value
    }

    // MARK: For oracles

    var stores: [StoreReaders.Store] { readers.stores }

    func view(healedAt: Timestamp? = nil) -> LabView {
        LabView(
            history: run.history, journal: journal, stores: readers,
            log: { [weak self] in self.flatMap { $0.isUp ? $0.platform.bus : nil } },
            healedAt: healedAt)
    }

    /// Stops every service and starts it again from its file.
    func restartAll() async throws {
        for name in platform.instances.map(\.name).reversed() { try await stop(name) }
        for name in platform.instances.map(\.name) { try await start(name) }
    }

    // MARK: Ends and new beginnings

    private func ended(_ end: SimulatedRun.Ended) {
        guard end.process != nil else {
            // While the process starts, the end of one instance is the end of the start.
            guard isUp else { return run.endProcess(Self.process) }
            network.reset(end.event.instance)
            guard let instance = platform.instance(named: end.event.instance) else { return }
            instance.crashed(InstanceCrash(instance: instance.name, point: Point(end.event.subject)))
            tellEnd(of: [instance])
            // Ends again at the first thing it does, three lives long.
            if injector.strikes(.crashLoop, at: instance.name, of: instance.name) {
                injector.order(FaultOrder(.crash, at: [instance.name], times: 3, isWished: false))
            }
            return
        }
        isUp = false
        network.reset(nil)
        let losses = unsyncedLosses()
        platform.processEnded()
        if !losses.isEmpty { readers.close() }
        for loss in losses { loss.apply() }
        tellEnd(of: platform.instances)
        startAgain()
    }

    /// What a loss of power takes: nothing of a durable store, the newest commits of a relaxed one.
    private func unsyncedLosses() -> [PowerLoss] {
        let persistence = asked.broker.persistence
        guard injector.strikes(.powerLoss, at: "lab", of: "lab", detail: "\(persistence.rawValue)") else { return [] }
        guard persistence != .durable else { return [] }
        return stores.compactMap { store in
            PowerLoss(of: store.file) { commits in
                injector.chooser.choose(.fault, "store.power-loss-tail/\(store.name)", below: commits + 1)
            }
        }
    }

    private func tellEnd(of instances: [ServiceInstance]) {
        guard let onInstanceEnd else { return }
        for instance in instances {
            do { try onInstanceEnd(instance.name, instance.specification.file) } catch { run.fail(error) }
        }
    }

    private func startAgain() {
        restarts += 1
        let life = restarts
        _ = world.instance("init").spawn("restart") { try await self.restart(life) }
    }

    private func restart(_ life: Int) async throws {
        try await world.sleep(for: Self.restartDelay)
        guard life == restarts else { return }
        // An instance that ends while the start is being given up is waited for in vain; whoever looks after processes ends them then.
        let patience = world.instance("init").lane.schedule(after: Self.startPatience) {
            if life == self.restarts, !self.isUp { self.run.endProcess(Self.process) }
        }
        defer { patience.cancel() }
        do {
            platform = try Self.makePlatform(world, settings, folder, secrets, log, roster, injector, network)
            try await onProcessLane { try await $0.start() }
            // It may have ended again while it started; then the next life is on its way already.
            guard life == restarts else { return }
            isUp = true
            failedStarts = 0
        } catch {
            guard life == restarts else { return }
            // A device failed while it started: the start was given up as a whole, and whoever looks after processes tries again. A
            // start that never works is another matter.
            failedStarts += 1
            guard failedStarts < Self.failedStartsMax else {
                return run.fail(SimulationBroken("the process did not start again, \(failedStarts) times: \(error)"))
            }
            platform.processEnded()
            startAgain()
        }
    }

    // MARK: Requests

    /// Sends a request as a client at the gateway would, or straight to `service`. Without an answer for 30 virtual seconds: status 504.
    public func call(
        _ verb: HTTPVerb, _ path: String, body: Data = Data(), token: String? = nil, key: String? = nil, service: String? = nil
    ) async -> RawReply {
        var headers = Headers()
        if let token { headers["Authorization"] = "Bearer \(token)" }
        if let key { headers["Idempotency-Key"] = key }
        if !body.isEmpty { headers["Content-Type"] = "application/json" }
        let name = service ?? (topology.gateway == nil ? topology.services[0].service : Roster.gatewayName)
        let rosterName = topology.service(named: name)?.service ?? name
        guard isUp, let answering = platform.services.next(for: rosterName) else {
            return .problem(.unavailable("\(name) is not running.", code: "peer_unavailable", retryAfter: .seconds(1)))
        }
        return await answering.respond(RawRequest(verb, path, headers: headers, body: body, origin: .edge))
    }

    // MARK: Time and quiescence

    /// Returns when nothing is on its way: no message, no outbox row, no open saga, no request, no handler at work, every service up.
    ///
    /// Exact: the scheduler says when no lane has work left, and only then is looked; the clock moves from timer to timer as long as
    /// something is open.
    /// - Throws: ``SettleFailure`` with what is still open after `limit` of virtual time, and who waits for what.
    public func settle(within limit: Duration = .hours(6)) async throws {
        let end = run.now + limit
        var open = [String]()
        while true {
            await run.untilIdle(world)
            let (before, moment) = (run.history.events.count, run.now)
            open = try await openWork()
            await run.untilIdle(world)
            if open.isEmpty, run.history.events.count == before { return }
            // A clock that went on meanwhile has set off what no timer stands for any more.
            if open.isEmpty || run.now != moment { continue }
            guard let next = run.nextTimer, next <= end else {
                throw SettleFailure(limit: limit, at: run.now, open: open, waits: run.openWaits)
            }
            try await world.sleep(until: next)
        }
    }

    /// Everything that is not done yet, in words.
    public func openWork() async throws -> [String] {
        guard isUp else { return ["the process is down"] }
        var open = network.open
        for instance in platform.instances {
            if instance.state != .running {
                open.append("\(instance.name) is \(instance.state.rawValue)")
                continue
            }
            if !instance.isOutboxEmpty { open.append("\(instance.name): its outbox holds messages") }
            let sagas = try readers.read(instance.name, PlatformTables.openSagas)
            if sagas > 0 { open.append("\(instance.name): \(sagas) \(sagas == 1 ? "saga is" : "sagas are") open") }
        }
        open += try await platform.bus.groups().filter { $0.lag > 0 }.map {
            "group \($0.name) has \($0.lag == 1 ? "one message" : "\($0.lag) messages") to go"
        }.sorted()
        return open
    }

    /// Lets virtual time pass; whatever is due meanwhile happens.
    public func advance(by duration: Duration) async throws {
        try await world.sleep(for: duration)
        await run.untilIdle(world)
    }

    /// Moves the clock to the next timer and lets happen what it sets off.
    /// - Returns: false when no timer is set.
    @discardableResult
    public func runToNextTimer() async throws -> Bool {
        await run.untilIdle(world)
        guard let next = run.nextTimer else { return false }
        try await world.sleep(until: next)
        await run.untilIdle(world)
        return true
    }

    // MARK: Choices and looks inside

    /// A choice of the workload: 0 ..< `arity`, 0 being the simplest. It is on the tape and can be shrunk.
    public func choose(_ entity: String, below arity: Int) -> Int { injector.chooser.choose(.workload, entity, below: arity) }

    /// A secret of this lab as text, such as `staff_password`.
    public func secret(_ name: String) throws -> String { try secrets.text(name) }

    public func stop(_ service: String) async throws {
        let instance = try instance(service)
        try await onProcessLane { try await $0.stop(instance) }
    }

    public func start(_ service: String) async throws {
        let instance = try instance(service)
        try await onProcessLane { try await $0.start(instance) }
    }

    /// Runs a read-only statement on a service's database.
    public func sql(_ service: String, _ query: String) throws -> SQLResult { try SQLConsole.read(database(of: service), query) }

    /// The database file of a service, by its name in the topology or in the roster.
    public func database(of service: String) throws -> URL { try instance(service).specification.file }

    private func instance(_ name: String) throws -> ServiceInstance {
        guard let instance = platform.instance(named: name) else {
            throw LabError.unknown("service", name, known: platform.instances.map(\.name))
        }
        return instance
    }
}

/// The lab did not come to rest.
public struct SettleFailure: Error, Sendable, CustomStringConvertible {
    public let limit: Duration
    public let at: Timestamp
    public let open: [String]
    /// Who waits for what: the wait graph.
    public let waits: [String]

    public var description: String {
        let seconds = limit.components.seconds
        let time = seconds >= 3600 ? "\(seconds / 3600) h" : "\(seconds) s"
        return
            (["not settled within \(time) of virtual time: after \(at.rfc3339) nothing more was due", "open:"] + open.map { "  \($0)" } + [
                "waiting:"
            ]
            + (waits.isEmpty ? ["  nobody has said what they wait for"] : waits.map { "  \($0)" })).joined(separator: "\n")
    }
}

/// The simulation itself could not go on.
public struct SimulationBroken: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
