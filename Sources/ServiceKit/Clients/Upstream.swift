import Contracts
import Messaging
import Runtime
import Synchronization
import Telemetry

/// The way from one service to another: whole requests go in, whole answers come out, with a deadline, retries of what may be
/// repeated, and a circuit breaker. Nothing but values crosses.
///
/// Answers with status 502, 503 and 504, and no answer at all, count as failures; any other answer counts as success.
public final class Upstream: Sendable {
    public let service: String
    public let policy: CallPolicy
    private let caller: String
    private let isDeclared: Bool
    private let world: World
    private let directory: ServiceDirectory
    private let breaker: Mutex<CircuitBreaker>
    private let waiting: CallDeadlines
    private let answered: MetricCounter
    private let problems: MetricCounter
    private let unavailable: MetricCounter
    private let deadlines: MetricCounter
    private let refused: MetricCounter
    private let retries: MetricCounter

    init(
        service: String, caller: String, isDeclared: Bool, world: World, directory: ServiceDirectory, policy: CallPolicy,
        metrics: MetricRegistry
    ) {
        self.service = service
        self.caller = caller
        self.isDeclared = isDeclared
        self.world = world
        self.directory = directory
        self.policy = policy
        waiting = CallDeadlines(world: world)
        breaker = Mutex(CircuitBreaker(failuresMax: policy.breakerFailuresMax, openFor: policy.breakerOpenFor))
        func calls(_ outcome: String) -> MetricCounter {
            metrics.counter(TelemetryEvent.calls.name, TelemetryEvent.calls.summary, labels: ["peer": service, "outcome": outcome])
        }
        answered = calls("ok")
        problems = calls("problem")
        unavailable = calls("unavailable")
        deadlines = calls("deadline")
        refused = calls("open")
        retries = metrics.counter(TelemetryEvent.callRetries.name, TelemetryEvent.callRetries.summary, labels: ["peer": service])
        metrics.gauge(TelemetryEvent.breakerState.name, TelemetryEvent.breakerState.summary, labels: ["peer": service]) { [weak self] in
            self?.breakerState == .open ? 1 : 0
        }
    }

    public var breakerState: CircuitBreaker.State { breaker.withLock { $0.state(now: world.now) } }

    /// Instances known for the service, and whether each answers.
    public var replicas: [(instance: String, isAnswering: Bool)] {
        directory.replicas(of: service).map { ($0.instance, $0.isAnswering) }
    }

    /// Calls that were answered, and calls that failed, since this upstream was made.
    public var counts: (answered: Int, failed: Int, refused: Int, retried: Int) {
        (answered.value + problems.value, unavailable.value + deadlines.value, refused.value, retries.value)
    }

    /// Passes `request` on, at most `policy.deadline` long.
    /// - Parameter isRepeatable: whether a failed try may be repeated; nil decides by verb and idempotency key.
    /// - Throws: ``Problem`` 503 `peer_unavailable` or `circuit_open`, 504 `deadline_exceeded`, 500 `peer_not_declared`.
    public func respond(_ request: RawRequest, isRepeatable: Bool? = nil) async throws -> RawReply {
        guard isDeclared else { throw notDeclared }
        let repeats =
            isRepeatable ?? (HTTPVerb(rawValue: request.method)?.isIdempotent ?? false || request.headers["Idempotency-Key"] != nil)
        let end = world.now + policy.deadline
        var attempt = 1
        while true {
            let failure: Problem
            do {
                let reply = try await attemptOnce(request, until: end)
                guard reply.status == 502 || reply.status == 503 || reply.status == 504, repeats else { return reply }
                guard let delay = nextDelay(after: attempt, until: end) else { return reply }
                try await pause(delay)
                attempt += 1
                continue
            } catch let problem as Problem {
                failure = problem
            }
            // A refusal by the breaker is final for this call: it is open for longer than any retry waits.
            guard repeats, failure.code == "peer_unavailable", let delay = nextDelay(after: attempt, until: end) else { throw failure }
            try await pause(delay)
            attempt += 1
        }
    }

    /// Asks whether the service is there: one try. Neither breaker nor counters hear of it, and an open breaker lets it pass: whoever
    /// watches the service does not decide who may call it.
    /// - Throws: as ``respond(_:isRepeatable:)`` does, but for `circuit_open`.
    public func probe(_ request: RawRequest) async throws -> RawReply {
        guard isDeclared else { throw notDeclared }
        let end = world.now + policy.deadline
        guard let replica = directory.next(for: service) else { throw notRunning }
        guard let reply = try await send(request, to: replica, until: end) else { throw late }
        return reply
    }

    private func nextDelay(after attempt: Int, until end: Timestamp) -> Duration? {
        guard let delay = policy.retry.delay(afterAttempt: attempt, random: world.random), world.now + delay < end else { return nil }
        return delay
    }

    private func pause(_ delay: Duration) async throws {
        retries.increment()
        try await world.sleep(for: delay)
    }

    private func attemptOnce(_ request: RawRequest, until end: Timestamp) async throws -> RawReply {
        let now = world.now
        switch breaker.withLock({ $0.admit(now: now) }) {
        case .pass: break
        case .refuse(let retryAfter):
            refused.increment()
            world.sometimes("a breaker is open")
            throw Problem.unavailable(
                "\(service) has failed repeatedly; calls to it are refused for a moment.", code: "circuit_open", retryAfter: retryAfter)
        }
        guard now < end else { throw timedOut() }
        guard let replica = directory.next(for: service) else {
            unavailable.increment()
            breaker.withLock { $0.failed(now: now) }
            throw notRunning
        }
        guard let reply = try await send(request, to: replica, until: end) else {
            breaker.withLock { $0.failed(now: world.now) }
            throw timedOut()
        }
        if reply.status == 502 || reply.status == 503 || reply.status == 504 {
            unavailable.increment()
            breaker.withLock { $0.failed(now: world.now) }
        } else {
            (reply.status < 400 ? answered : problems).increment()
            breaker.withLock { $0.succeeded() }
        }
        return reply
    }

    /// - Returns: nil when the deadline came first.
    private func send(_ request: RawRequest, to replica: any RequestAnswering, until end: Timestamp) async throws -> RawReply? {
        try world.point(.rpcSend, "\(service) \(request.method) \(request.path)")
        let reply = try await waiting.run(until: end, on: request.executor, waitingFor: "an answer of \(service)") {
            await replica.respond(request)
        }
        if let reply { try world.point(.rpcReceive, "\(service) \(reply.status)") }
        return reply
    }

    private func timedOut() -> Problem {
        deadlines.increment()
        return late
    }

    private var late: Problem { .timedOut("\(service) did not answer within \(policy.deadline.milliseconds) ms.") }

    private var notRunning: Problem { .unavailable("\(service) is not running.", code: "peer_unavailable", retryAfter: .seconds(1)) }

    private var notDeclared: Problem {
        Problem(
            status: 500, code: "peer_not_declared",
            detail: "\(caller) does not declare \(service) in what it consumes, so it may not call it.")
    }
}
