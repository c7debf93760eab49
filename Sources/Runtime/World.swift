/// Everything non-deterministic that one instance may use: time, randomness, identifiers, its lane, tasks and sleeps.
///
/// A world comes in through the initialiser, first. The same service code runs in the live world and in the simulated one:
///
///     let world = World.live(instance: "orders")
///     try await world.sleep(for: .seconds(2))
///     let task = world.spawn("reminder") { … }
///
/// Nothing outside Runtime asks for the time, draws a random number, starts a task or sleeps by other means; TidyTests looks for it.
public struct World: Sendable {
    /// Name of the instance this world belongs to: `orders`, or `orders#2` for a second replica.
    public let instance: String
    /// Where the instance's code runs.
    public let lane: any Lane
    /// The instance's own random numbers.
    public let random: RandomStream
    @usableFromInline let probe: (any PointProbe)?
    /// What ends as a whole in a simulated crash; empty outside of any process.
    public let process: String
    let engine: any WorldEngine

    init(instance: String, process: String, engine: any WorldEngine) {
        self.instance = instance
        self.process = process
        self.engine = engine
        lane = engine.makeLane(instance, process: process)
        random = RandomStream(seed: engine.seed ^ StableHash.of(instance))
        probe = engine.probe
    }

    /// The world of another instance: same clock and scheduler, a lane and a random stream of its own.
    public func instance(_ name: String) -> World { World(instance: name, process: process, engine: engine) }

    /// The world of a process: what is made from it lives and, in a simulated crash of the process, ends together.
    public func process(_ name: String) -> World { World(instance: name, process: name, engine: engine) }

    /// True in simulated runs. For reports and set-up only: a service that behaves differently by it is not tested by simulation.
    public var isSimulated: Bool { probe != nil }

    /// The time of day, to the microsecond.
    public var now: Timestamp { engine.now(of: instance) }

    /// A new identifier: UUID version 7 (RFC 9562), sortable by time, from this instance's random stream.
    public func makeID() -> String { Identifier.uuidV7(time: now, random: random) }

    /// Suspends for `duration`.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await suspend("sleep") { (continuation: UnsafeContinuation<Void, any Error>) in
                sleeper.start(on: lane, for: duration, continuation)
            }
        } onCancel: {
            sleeper.cancel()
        }
    }

    /// Suspends until `time`; returns at once when it has passed.
    public func sleep(until time: Timestamp) async throws { try await sleep(for: max(.zero, time - now)) }

    /// Starts a task on this instance's lane. The caller keeps the handle and awaits or cancels it.
    public func spawn<Success: Sendable>(
        _ name: String, _ operation: @escaping @Sendable () async throws -> Success
    ) -> Task<Success, any Error> {
        Task(name: name, executorPreference: lane, operation: operation)
    }

    /// Marks that the instance has reached `point`. Costs a nil check in the live world.
    /// - Throws: ``InstanceCrash`` in a simulated run that ends the instance here; let it pass.
    @inlinable @inline(__always)
    public func point(_ point: Point, _ subject: @autoclosure () -> String = "") throws(InstanceCrash) {
        guard let probe else { return }
        try probe.reached(point, instance: instance, subject: subject())
    }

    /// Whether a fault point in the code strikes: never in the live world; in a simulated run with `probability`, where the run has
    /// switched this point on.
    ///
    ///     if world.buggify("cache.lookup.misses") { return nil }
    @inlinable @inline(__always)
    public func buggify(_ name: @autoclosure () -> String, _ probability: Double = 0.25) -> Bool {
        guard let probe else { return false }
        return probe.buggifies(name(), instance: instance, probability: probability)
    }

    /// Says that `condition` should be seen true in some run: what no run ever reaches is not tested. Nothing in the live world.
    @inlinable @inline(__always)
    public func sometimes(_ name: @autoclosure () -> String, _ condition: @autoclosure () -> Bool = true) {
        guard let probe else { return }
        probe.observed(.sometimes(name()), holds: condition(), instance: instance)
    }

    /// Says that `condition` is true whenever this is reached; where it is not, a simulated run fails. Nothing in the live world.
    @inlinable @inline(__always)
    public func always(_ name: @autoclosure () -> String, _ condition: @autoclosure () -> Bool) {
        guard let probe else { return }
        probe.observed(.always(name()), holds: condition(), instance: instance)
    }

    /// Suspends until `body`'s continuation is resumed. `reason` names what is waited for in a stall report.
    public func suspend<T: Sendable>(
        _ reason: @autoclosure () -> String, _ body: (UnsafeContinuation<T, any Error>) -> Void
    ) async throws -> T {
        let wait = engine.waitBegins(instance: instance, reason: reason)
        defer { engine.waitEnds(wait) }
        return try await withUnsafeThrowingContinuation(body)
    }

    /// Ends the instance's lane.
    public func shutDown() { lane.shutDown() }
}
