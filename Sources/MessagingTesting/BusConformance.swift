import Messaging
import Runtime

/// The suite that every adapter of ``MessageBus`` passes: each check is one promise of the port.
///
///     @Test(arguments: BusConformance.checks)
///     func `the bus keeps the promise`(_ check: BusConformance.Check) async throws {
///         let world = World.live(instance: "test")
///         try await check.run(world, BusFixture(open: { try await MyBus(world: $0) }, close: { … }))
///     }
///
/// The same checks run in a ``SimulatedRun``: they wait for events and for the world's clock, never for real time.
/// A check whose capability the adapter does not declare is skipped; `run` then returns the sentence that says so.
public enum BusConformance {
    public struct Check: Sendable, CustomStringConvertible {
        /// The promise, as a fact.
        public let name: String
        /// Without these the check does not apply.
        public let needs: BusCapabilities
        let body: @Sendable (ConformanceContext) async throws -> Void

        init(_ name: String, needs: BusCapabilities = [], _ body: @escaping @Sendable (ConformanceContext) async throws -> Void) {
            self.name = name
            self.needs = needs
            self.body = body
        }

        public var description: String { name }

        /// - Returns: nil when the promise was kept, a sentence when the check does not apply.
        /// - Throws: ``ConformanceFailure``, or what the bus threw.
        @discardableResult
        public func run(_ world: World, _ fixture: BusFixture) async throws -> String? {
            let bus = try await fixture.open(world)
            guard bus.capabilities.isSuperset(of: needs) else {
                await fixture.close(bus)
                return "skipped: the adapter does not declare what “\(name)” needs"
            }
            let context = ConformanceContext(world: world, fixture: fixture, bus: bus)
            do {
                try await body(context)
            } catch {
                await fixture.close(context.bus)
                throw error
            }
            await fixture.close(context.bus)
            return nil
        }
    }

    public static let checks: [Check] = delivery + groups + failures + idempotence + limits + inspection + durability
}

/// How the suite gets a bus: a new and empty one for each check.
public struct BusFixture: Sendable {
    let open: @Sendable (World) async throws -> any MessageBus
    let close: @Sendable (any MessageBus) async -> Void
    let reopen: (@Sendable (World, any MessageBus) async throws -> any MessageBus)?

    /// - Parameters:
    ///   - open: a new, empty bus.
    ///   - close: ends it.
    ///   - reopen: ends it as the end of its process would and opens what it left; for adapters that declare `durable`.
    public init(
        open: @escaping @Sendable (World) async throws -> any MessageBus, close: @escaping @Sendable (any MessageBus) async -> Void,
        reopen: (@Sendable (World, any MessageBus) async throws -> any MessageBus)? = nil
    ) {
        self.open = open
        self.close = close
        self.reopen = reopen
    }
}
