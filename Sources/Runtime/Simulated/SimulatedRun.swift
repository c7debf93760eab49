#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One run in the simulated world: a scheduler over lanes, a virtual clock, and a history. One seed, one history.
///
///     let run = SimulatedRun(seed: 42)
///     let total = try run.execute { world in
///         let orders = OrdersService(world: world.instance("orders"))
///         try await world.sleep(for: .hours(2))        // takes no real time
///         return try await orders.total()
///     }
///     print(run.history.digest)
///
/// Everything runs on the calling thread. The ``Director`` picks among the ready lanes, and the lane has one turn; with no lane ready
/// the clock jumps to the next timer; with no timer either, the run has stalled and says who waits for what. Work that arrives from
/// another thread (Dispatch, a bare `Task`, `Task.sleep`, GRDB's async calls) is an escape: the run fails with its backtrace.
///
/// The director may also end an instance or a process at a point. Then the call of `point` throws ``InstanceCrash``, and nothing the
/// instance still does while that passes is seen by anyone: its lane is dead, its work is dropped, its ports refuse. Whoever runs the
/// instance is told through ``onEnd`` and starts a fresh one from the files.
///
/// Not thread safe, and not for use from inside a task of the live world that must go on meanwhile: `execute` blocks its thread.
public final class SimulatedRun: @unchecked Sendable {
    // Unchecked: everything is confined to the thread that calls `execute`; arrivals from other threads only touch `escapes`.
    public let seed: UInt64
    public let history = History()
    public private(set) var now: Timestamp
    /// Called between two turns, outside of every lane, after an instance or a process has ended.
    public var onEnd: ((Ended) -> Void)?
    /// Called right after an event was recorded, on the lane that reached the point; a thrown error ends the run with it.
    public var onEvent: ((History.Event) throws -> Void)?
    private let director: any Director
    private let owner: UInt
    private var lanes = [SimulatedLane]()
    private var ready = [SimulatedLane]()
    private var current: SimulatedLane?
    private var timers = TimerQueue()
    private var waits = [UInt64: Wait]()
    private var lastWait: UInt64 = 0
    private var idleWaiters = [@Sendable () -> Void]()
    private var betweenTurns = [() -> Void]()
    private var failure: (any Error)?
    private let escapes = EscapeDetector()
    /// The event that whatever happens now follows from.
    var cause: Int?

    private struct Wait {
        let instance: String
        let reason: String
        let lane: SimulatedLane?
    }

    /// What has ended at a point.
    public struct Ended: Sendable {
        public let event: History.Event
        /// Nil: only the event's instance.
        public let process: String?
    }

    /// - Parameters:
    ///   - seed: decides every instance's random stream and, without a director, which lane goes next.
    ///   - start: what the virtual clock shows first; 2026-01-01T00:00:00Z by default.
    public init(seed: UInt64, director: (any Director)? = nil, start: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        self.seed = seed
        self.director = director ?? SeededDirector(seed: seed)
        now = start
        owner = currentThreadID()
    }

    /// Runs `body` on a lane of its own until it returns, and everything else until then.
    /// - Parameter stepsMax: jobs after which the run is given up as endless.
    /// - Throws: ``SimulationFailure`` for a stall, an escape or an endless run; what ``onEvent`` throws; otherwise what `body` throws.
    public func execute<T: Sendable>(stepsMax: Int = 50_000_000, _ body: @escaping @Sendable (World) async throws -> T) throws -> T {
        precondition(currentThreadID() == owner, "a SimulatedRun belongs to the thread that made it")
        let world = World(instance: "main", process: "", engine: self)
        let outcome = Outcome<T>()
        let root = Task(name: "main", executorPreference: world.lane) {
            do { outcome.result = .success(try await body(world)) } catch { outcome.result = .failure(error) }
        }
        defer { root.cancel() }
        var steps = 0
        while outcome.result == nil {
            if let failure { throw failure }
            if let escape = escapes.first { throw SimulationFailure.escape(escape) }
            guard steps < stepsMax else { throw SimulationFailure.endless(steps: steps, waits: openWaits) }
            guard let jobs = step() else { throw SimulationFailure.stall(at: now, waits: openWaits) }
            steps += jobs
        }
        if let failure { throw failure }
        if let escape = escapes.first { throw SimulationFailure.escape(escape) }
        return try outcome.result!.get()
    }

    /// One turn of a lane, or a move of the clock to the next timer; nil when there is neither.
    private func step() -> Int? {
        if ready.isEmpty {
            if !idleWaiters.isEmpty {
                let waiters = idleWaiters
                idleWaiters = []
                for resume in waiters { resume() }
                return 1
            }
            return moveClock() ? 1 : nil
        }
        let hasTimer = !timers.isEmpty
        let index = ready.count == 1 && !hasTimer ? 0 : director.next(of: ReadyLanes(lanes: ready, hasTimer: hasTimer))
        if index >= ready.count {
            if moveClock() { return 1 }
        }
        let lane = ready.remove(at: min(index, ready.count - 1))
        lane.isReady = false
        guard !lane.isDead, !lane.isPaused else { return 1 }
        current = lane
        let jobs = lane.runTurn()
        current = nil
        if lane.hasWork, !lane.isReady, !lane.isPaused, !lane.isDead {
            lane.isReady = true
            ready.append(lane)
        }
        while !betweenTurns.isEmpty { betweenTurns.removeFirst()() }
        return jobs
    }

    private func moveClock() -> Bool {
        guard let deadline = timers.nextDeadline else { return false }
        now = Timestamp(microseconds: max(now.microseconds, deadline))
        while let (cause, work) = timers.takeDueWithCause(now: now.microseconds) {
            self.cause = cause
            work()
        }
        cause = nil
        return true
    }

    /// The first piece of work that arrived from another thread, with the way it came; after the run has ended, too.
    public var escape: String? { escapes.first }

    /// Who waits for what, in the order in which they began to.
    public var openWaits: [String] {
        waits.sorted { $0.key < $1.key }.filter { $0.value.lane?.isDead != true }.map {
            "\($0.value.instance) waits for \($0.value.reason)"
        }
    }

    /// When the next timer fires.
    public var nextTimer: Timestamp? { timers.nextDeadline.map { Timestamp(microseconds: max($0, now.microseconds)) } }

    /// Suspends until no lane has anything to do but what waits for a timer. The clock stands still meanwhile.
    public func untilIdle(_ world: World) async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            idleWaiters.append { continuation.resume() }
        }
    }

    /// Everybody who has a lane and has not ended.
    public var instances: Set<String> { Set(lanes.lazy.filter { !$0.isDead }.map(\.name)) }

    public func isRunning(_ instance: String) -> Bool { lanes.contains { $0.name == instance && !$0.isDead } }

    /// The instance whose turn it is.
    public var currentInstance: String? { current?.name }

    /// Ends the run with `error` after the present turn.
    public func fail(_ error: any Error) { failure = failure ?? error }

    /// False while an instance that has just ended still unwinds: nothing it does may be seen.
    public var isAlive: Bool { current?.isDead != true }

    /// Records what no port records: a fault, a phase, an operation of a workload.
    @discardableResult
    public func note(_ point: Point, instance: String, _ subject: String) -> History.Event {
        let event = history.record(at: now, cause: cause, instance: instance, point: point, subject: subject)
        cause = event.number
        return event
    }

    /// Holds an instance still: what reaches it waits.
    public func pause(_ instance: String, for duration: Duration) {
        for lane in lanes where lane.name == instance && !lane.isDead && !lane.isPaused {
            lane.pause()
            ready.removeAll { $0 === lane }
            lane.isReady = false
            _ = timers.add(deadline: now.microseconds + max(0, duration.microseconds), cause: cause) { lane.resume() }
        }
    }

    /// Ends an instance from outside, between two turns.
    public func end(_ instance: String) {
        guard let lane = lanes.last(where: { $0.name == instance && !$0.isDead }) else { return }
        lane.die()
        let event = note(Point("world.crash"), instance: instance, "from outside")
        betweenTurns.append { self.onEnd?(Ended(event: event, process: nil)) }
    }

    /// Ends all instances of a process from outside, between two turns.
    public func endProcess(_ process: String) {
        for lane in lanes where lane.process == process { lane.die() }
        let event = note(Point("world.crash"), instance: process, "process, from outside")
        betweenTurns.append { self.onEnd?(Ended(event: event, process: process)) }
    }

    // MARK: Called by lanes

    func becameReady(_ lane: SimulatedLane) { ready.append(lane) }

    /// True while an instance that has just ended still unwinds: nothing it does reaches a lane.
    var isSilenced: Bool { current?.isDead == true }

    func guardThread(_ what: @autoclosure () -> String) -> Bool {
        if currentThreadID() == owner { return true }
        escapes.record(what())
        return false
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> UInt64 {
        timers.add(deadline: now.microseconds + max(0, delay.microseconds), cause: cause, work)
    }

    func cancelTimer(_ id: UInt64) { timers.cancel(id) }

    private final class Outcome<T>: @unchecked Sendable {
        // Unchecked: written by the root task and read by the loop, both on the run's thread.
        var result: Result<T, any Error>?
    }
}

extension SimulatedRun: WorldEngine {
    var probe: (any PointProbe)? { self }

    func now(of instance: String) -> Timestamp { now + director.skew(of: instance) }

    func makeLane(_ name: String, process: String) -> any Lane {
        let lane = SimulatedLane(name: name, process: process, run: self)
        lanes.removeAll { $0.isDead }
        lanes.append(lane)
        return lane
    }

    func waitBegins(instance: String, reason: () -> String) -> UInt64 {
        lastWait += 1
        waits[lastWait] = Wait(instance: instance, reason: reason(), lane: current)
        return lastWait
    }

    func waitEnds(_ wait: UInt64) { waits[wait] = nil }
}

extension SimulatedRun: PointProbe {
    public func reached(_ point: Point, instance: String, subject: String) throws(InstanceCrash) {
        guard guardThread("point \(point) of \(instance)") else { return }
        if let current, current.isDead { throw InstanceCrash(instance: current.name, point: point) }
        let event = note(point, instance: instance, subject)
        if failure == nil, let onEvent {
            do { try onEvent(event) } catch { failure = error }
        }
        switch director.fate(at: event, in: self) {
        case .proceeds: return
        case .pauses(let duration): betweenTurns.append { self.pause(instance, for: duration) }
        case .instanceEnds where current?.name == instance:
            current?.die()
            let crash = note(Point("world.crash"), instance: instance, "\(point)")
            betweenTurns.append { self.onEnd?(Ended(event: crash, process: nil)) }
            throw InstanceCrash(instance: instance, point: point)
        case .instanceEnds, .processEnds:
            // The log works on the lanes of those who call it too: it goes down with the whole process.
            let process = lanes.last { $0.name == instance }?.process ?? ""
            for lane in lanes where lane.process == process { lane.die() }
            let crash = note(Point("world.crash"), instance: instance, "process at \(point)")
            betweenTurns.append { self.onEnd?(Ended(event: crash, process: process)) }
            throw InstanceCrash(instance: instance, point: point)
        }
    }

    public func buggifies(_ name: String, instance: String, probability: Double) -> Bool {
        guard guardThread("fault point \(name) of \(instance)"), current?.isDead != true else { return false }
        return director.buggifies(name, instance: instance, probability: probability, in: self)
    }

    public func observed(_ claim: Claim, holds: Bool, instance: String) {
        guard guardThread("a claim of \(instance)"), current?.isDead != true else { return }
        director.observed(claim, holds: holds, instance: instance, in: self)
        if case .always(let name) = claim, !holds, failure == nil { failure = SimulationFailure.claim(name, instance: instance, at: now) }
    }
}
