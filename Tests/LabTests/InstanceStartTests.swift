import Dispatch
import Foundation
import Lab
import Messaging
import Runtime
import ServiceKit
import Synchronization
import Telemetry
import Testing

/// Starts that meet trouble: loops that end at once, and two orders at the same time.
@Suite struct InstanceStartTests {
    /// Runs `body` with the services of `users-orders`; the consumers of `orders` end as long as `fault` says so.
    private func withPlatform(
        seed: UInt64, _ body: @escaping @Sendable (World, Platform, ServiceInstance, ConsumerFault) async throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("start-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        var topology = try TopologyLibrary.standard().topology("users-orders")
        topology.broker.persistence = .volatile
        let settings = LabSettings(topology: topology, logLevel: "critical")
        try SimulatedRun(seed: seed, director: SeededDirector(seed: seed)).execute { world in
            let fault = ConsumerFault()
            let wiring = Wiring(
                bus: { bus, world in world.instance == "orders-service" ? RefusingBus(bus, world, fault) : bus }, service: { $0 })
            let platform = try Platform(
                world: world, settings: settings, directory: DataDirectory(folder), secrets: SecretStore(derivedFrom: seed), log: LogSink(),
                eventLoops: nil, wiring: wiring)
            try await platform.start()
            let orders = try #require(platform.instance(named: "orders"))
            try await body(world, platform, orders, fault)
            await platform.stop()
        }
    }

    /// Live, the news of the end may come before the start is over: the lab's lane is held up here until both have come.
    @Test(.timeLimit(.minutes(1))) func `a loop that ends before the start is over fails the start`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("start-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        let world = World.live(instance: "lab")
        try await world.spawn("test") {
            let fault = ConsumerFault(holding: world)
            let wiring = Wiring(
                bus: { bus, world in world.instance == "orders-service" ? RefusingBus(bus, world, fault) : bus }, service: { $0 })
            let settings = LabSettings(topology: try TopologyLibrary.standard().topology("users-orders"), logLevel: "critical")
            let platform = try Platform(
                world: world, settings: settings, directory: DataDirectory(folder), secrets: SecretStore(derivedFrom: 1), log: LogSink(),
                eventLoops: nil, wiring: wiring)
            try await platform.start()
            let orders = try #require(platform.instance(named: "orders"))
            try await platform.stop(orders)
            fault.isOn = true
            await #expect(throws: LoopFailure.self) { try await platform.start(orders) }
            #expect(orders.state == .failed && platform.services.next(for: "orders") == nil)
            await platform.stop()
        }.value
        world.shutDown()
    }

    /// Loops that end do so before the start is over, or just after, as the seed has it.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `an instance whose loops end at once is never left as if it ran, and runs when they stay`(seed: UInt64) throws {
        try withPlatform(seed: seed) { world, platform, orders, fault in
            try await platform.stop(orders)
            fault.isOn = true
            var hasFailed = false
            do { try await platform.start(orders) } catch is LoopFailure { hasFailed = true }
            try await world.sleep(for: .seconds(20))
            #expect(orders.state == .failed && orders.status.last_failure?.contains("consumer") == true)
            fault.isOn = false
            // Of a start that has failed the operator has been told; of one that has not, the supervisor.
            if hasFailed { try await platform.start(orders) }
            try await world.sleep(for: .seconds(20))
            #expect(orders.state == .running && platform.services.next(for: "orders") != nil)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `an instance whose loops end again and again is started until they stay`(seed: UInt64) throws {
        try withPlatform(seed: seed) { world, platform, orders, fault in
            fault.isOn = true
            try await world.sleep(for: .seconds(20))
            #expect(orders.state == .failed)
            fault.isOn = false
            try await world.sleep(for: .seconds(20))
            #expect(orders.state == .running && platform.services.next(for: "orders") != nil)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `of two starts at once one is refused, and leaves the other alone`(seed: UInt64) throws {
        try withPlatform(seed: seed) { world, platform, orders, _ in
            try await platform.stop(orders)
            let tries = (0..<2).map { _ in world.spawn("operator") { try await platform.start(orders) } }
            var refusals = [String]()
            for start in tries {
                do { try await start.value } catch { refusals.append("\(error)") }
            }
            #expect(refusals.allSatisfy { $0.contains("orders-service cannot start while it is starting") }, "\(refusals)")
            #expect(orders.state == .running && orders.status.restarts == 1 && platform.services.next(for: "orders") != nil)
        }
    }
}

/// Whether the log refuses its consumers.
final class ConsumerFault: Sendable {
    private let state = Atomic<Bool>(false)
    private let lab: World?
    private let gate = DispatchSemaphore(value: 0)

    /// - Parameter lab: what waits from the beginning of a start until its loops have ended; nil for nobody.
    init(holding lab: World? = nil) { self.lab = lab }

    func holdLab() {
        if isOn, let lab { lab.lane.perform { self.gate.wait() } }
    }

    func letLabGo(by service: World) {
        if lab != nil { _ = service.lane.schedule(after: .milliseconds(20)) { self.gate.signal() } }
    }

    var isOn: Bool {
        get { state.load(ordering: .relaxed) }
        set { state.store(newValue, ordering: .relaxed) }
    }
}

/// Delivers nothing, and ends its consumers when it is told to.
private final class RefusingBus: MessageBus {
    struct Refused: Error {}

    private let bus: any MessageBus
    private let world: World
    private let fault: ConsumerFault

    init(_ bus: any MessageBus, _ world: World, _ fault: ConsumerFault) {
        self.bus = bus
        self.world = world
        self.fault = fault
    }

    var capabilities: BusCapabilities { bus.capabilities }
    func declare(_ topics: [Topic]) async throws {
        try await bus.declare(topics)
        fault.holdLab()
    }
    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] { try await bus.publish(batch, idempotence) }

    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription {
        if fault.isOn {
            fault.letLabGo(by: world)
            throw Refused()
        }
        return Member(world: world, fault: fault)
    }

    private struct Member: BusSubscription {
        let world: World
        let fault: ConsumerFault

        func next(max: Int) async throws -> [Delivery] {
            while true {
                if fault.isOn { throw Refused() }
                try await world.sleep(for: .milliseconds(100))
            }
        }
        func acknowledge(_ receipts: [Receipt]) async throws {}
        func negativeAcknowledge(_ refusals: [Refusal]) async throws {}
        func close() async {}
    }
}
