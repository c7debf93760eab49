#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One run in the simulated world: a seeded scheduler over lanes, a virtual clock, and a history. One seed, one history.
///
///     let run = SimulatedRun(seed: 42)
///     let total = try run.execute { world in
///         let orders = OrdersService(world: world.instance("orders"))
///         try await world.sleep(for: .hours(2))        // takes no real time
///         return try await orders.total()
///     }
///     print(run.history.digest)
///
/// Everything runs on the calling thread. A ready lane is drawn with the seed and does one piece of work; with no lane ready the
/// clock jumps to the next timer; with no timer either, the run has stalled and says who waits for what. Work that arrives from
/// another thread (Dispatch, a bare `Task`, `Task.sleep`, GRDB's async calls) is an escape: the run fails with its backtrace.
///
/// Not thread safe, and not for use from inside a task of the live world that must go on meanwhile: `execute` blocks its thread.
public final class SimulatedRun: @unchecked Sendable {
    // Unchecked: everything is confined to the thread that calls `execute`; arrivals from other threads only touch `escapes`.
    public let seed: UInt64
    public let history = History()
    public private(set) var now: Timestamp
    private let choices: RandomStream
    private let owner: UInt
    private var lanes = [SimulatedLane]()
    private var ready = [SimulatedLane]()
    private var timers = TimerQueue()
    private var waits = [UInt64: Wait]()
    private var lastWait: UInt64 = 0
    private let escapes = EscapeDetector()

    private struct Wait {
        let instance: String
        let reason: String
    }

    /// - Parameters:
    ///   - seed: decides every scheduling choice and every instance's random stream.
    ///   - start: what the virtual clock shows first; 2026-01-01T00:00:00Z by default.
    public init(seed: UInt64, start: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        self.seed = seed
        now = start
        choices = RandomStream(seed: seed ^ StableHash.of("scheduler"))
        owner = currentThreadID()
    }

    /// Runs `body` on a lane of its own until it returns, and everything else until then.
    /// - Parameter stepsMax: pieces of work after which the run is given up as endless.
    /// - Throws: ``SimulationFailure`` for a stall, an escape or an endless run; otherwise what `body` throws.
    public func execute<T: Sendable>(stepsMax: Int = 50_000_000, _ body: @escaping @Sendable (World) async throws -> T) throws -> T {
        precondition(currentThreadID() == owner, "a SimulatedRun belongs to the thread that made it")
        let world = World(instance: "main", engine: self)
        let outcome = Outcome<T>()
        let root = Task(name: "main", executorPreference: world.lane) {
            do { outcome.result = .success(try await body(world)) } catch { outcome.result = .failure(error) }
        }
        defer { root.cancel() }
        var steps = 0
        while outcome.result == nil {
            if let escape = escapes.first { throw SimulationFailure.escape(escape) }
            guard steps < stepsMax else { throw SimulationFailure.endless(steps: steps, waits: waitReport) }
            if !step() { throw SimulationFailure.stall(at: now, waits: waitReport) }
            steps += 1
        }
        if let escape = escapes.first { throw SimulationFailure.escape(escape) }
        return try outcome.result!.get()
    }

    /// Does one piece of work, or moves the clock to the next timer; false when there is neither.
    private func step() -> Bool {
        if ready.isEmpty {
            guard let deadline = timers.nextDeadline else { return false }
            now = Timestamp(microseconds: max(now.microseconds, deadline))
            while let work = timers.takeDue(now: now.microseconds) { work() }
            return true
        }
        let index = ready.count == 1 ? 0 : choices.below(ready.count)
        let lane = ready[index]
        lane.runOne()
        if lane.isIdle {
            // Only this lane can have left its place, so the index still holds; removing keeps the order of the others.
            lane.isReady = false
            ready.remove(at: index)
        }
        return true
    }

    private var waitReport: [String] {
        waits.sorted { $0.key < $1.key }.map { "\($0.value.instance) waits for \($0.value.reason)" }
    }

    func becameReady(_ lane: SimulatedLane) { ready.append(lane) }

    func guardThread(_ what: @autoclosure () -> String) -> Bool {
        if currentThreadID() == owner { return true }
        escapes.record(what())
        return false
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> UInt64 {
        timers.add(deadline: now.microseconds + max(0, delay.microseconds), work)
    }

    func cancelTimer(_ id: UInt64) { timers.cancel(id) }

    private final class Outcome<T>: @unchecked Sendable {
        // Unchecked: written by the root task and read by the loop, both on the run's thread.
        var result: Result<T, any Error>?
    }
}

extension SimulatedRun: WorldEngine, PointProbe {
    var probe: (any PointProbe)? { self }

    func makeLane(_ name: String) -> any Lane {
        let lane = SimulatedLane(name: name, run: self)
        lanes.append(lane)
        return lane
    }

    public func reached(_ point: Point, instance: String, subject: String) throws(InstanceCrash) {
        history.record(at: now, instance: instance, point: point, subject: subject)
    }

    func waitBegins(instance: String, reason: () -> String) -> UInt64 {
        lastWait += 1
        waits[lastWait] = Wait(instance: instance, reason: reason())
        return lastWait
    }

    func waitEnds(_ wait: UInt64) { waits[wait] = nil }
}
