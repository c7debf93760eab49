import Contracts
import Foundation
import Lab
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage

/// A service that does not do what it is asked to: shows what a run looks like that does not come to its end.
///
///     labctl sim --scenario broken.waits      never comes to rest: what is open, and who waits for whom
///     labctl sim --scenario broken.blocks     blocks its thread
///     labctl sim --scenario broken.traps      ends its process
///     labctl sim --scenario broken.escapes    gives work to another thread
///     labctl sim --scenario broken.sleeps     sleeps in real time
///     labctl sim --scenario broken.guesses --twice      is not the same twice
public struct Broken<Defect: BrokenDefect>: SimulationScenario {
    public static var name: String { "broken.\(Defect.name)" }
    public static var summary: String { "\(Defect.summary) (meant to fail)" }

    public init() {}

    public var topology: Topology { .services(BrokenAPI.name) }
    public var roster: Roster { Roster([BrokenService<Defect>.self]) }
    public var oracles: [any Oracle] { .anyLab }
    public var limits: SimulationLimits { SimulationLimits(settlesWithin: .hours(1), hangsAfter: Defect.hangsAfter) }

    public func workload(_ lab: SimulatedLab) async throws {
        _ = try await Client(lab, named: "ana").reply(.post, "/repairs", Data(), key: "first")
    }
}

/// What a service does wrong when it handles a message.
public protocol BrokenDefect: Sendable {
    static var name: String { get }
    static var summary: String { get }
    /// Real time without progress; see ``SimulationLimits/hangsAfter``.
    static var hangsAfter: Duration { get }
    static func work(_ world: World) async throws
}

extension BrokenDefect {
    /// Naming the functions of a stack takes seconds on a busy machine.
    public static var hangsAfter: Duration { .seconds(10) }
}

enum BrokenAPI: ServiceAPI {
    static let name = "workshop"
    static let summary = "Repairs things, or not."
    static let commands = Topic("workshop-commands")
    static let repair = MessageType<NoBody>("Workshop.Repair.v1", on: commands, "Repair something.")
    static let ask = Endpoint<NoBody, NoBody>(.post, "/repairs", "askForRepair", summary: "Asks for a repair.", access: .public)
    static let endpoints = [ask.declaration]
    static let topics = [commands]
    static let messages = [MessageDeclaration(repair)]
}

actor BrokenService<Defect: BrokenDefect>: Microservice {
    static var declaration: ServiceDeclaration { ServiceDeclaration(api: BrokenAPI.self, migrations: Migrations([])) }

    let context: ServiceContext
    nonisolated var unownedExecutor: UnownedSerialExecutor { context.world.lane.asUnownedSerialExecutor() }

    init(context: ServiceContext) { self.context = context }

    nonisolated func routes(_ routes: inout Routes) {
        let store = context.store
        routes.on(BrokenAPI.ask) { request in
            try await request.commit(store) { tx in
                try tx.publish(BrokenAPI.repair, NoBody(), subject: "1")
                return NoBody()
            }
        }
    }

    nonisolated func consumers(_ consumers: inout Consumers) {
        let world = context.world
        consumers.group("workshop", topics: [BrokenAPI.commands]) { handlers in
            handlers.onEffect(BrokenAPI.repair) { _, _ in
                try await Defect.work(world)
            } commit: { _, _, _, _ in
            }
        }
    }
}

/// The ways of ``Broken``.
public enum BrokenDefects {
    public struct Waits: BrokenDefect {
        public static let name = "waits"
        public static let summary = "a handler that waits for what nobody brings"
        public static func work(_ world: World) async throws {
            _ = try await world.suspend("a spare part that nobody delivers") { (_: UnsafeContinuation<Void, any Error>) in }
        }
    }

    public struct Blocks: BrokenDefect {
        public static let name = "blocks"
        public static let summary = "a handler that blocks its thread"
        public static let hangsAfter = Duration.seconds(1)
        public static func work(_ world: World) async throws {
            var turns: UInt64 = 0
            while turns < .max { turns += 1 }
        }
    }

    public struct Traps: BrokenDefect {
        public static let name = "traps"
        public static let summary = "a handler that ends its process"
        public static func work(_ world: World) async throws {
            let parts = [String]()
            _ = parts[world.random.below(3)]
        }
    }

    public struct Escapes: BrokenDefect {
        public static let name = "escapes"
        public static let summary = "a handler that works beside its world"
        public static func work(_ world: World) async throws { _ = await Task.detached { 1 }.value }
    }

    public struct Sleeps: BrokenDefect {
        public static let name = "sleeps"
        public static let summary = "a handler that sleeps in real time"
        public static func work(_ world: World) async throws { try await ContinuousClock().sleep(for: .milliseconds(1)) }
    }

    public struct Guesses: BrokenDefect {
        public static let name = "guesses"
        public static let summary = "a handler that draws numbers from outside of its world: passes once, and differs when run twice"
        public static func work(_ world: World) async throws { try await world.sleep(for: .milliseconds(Int64.random(in: 1...20_000))) }
    }
}
