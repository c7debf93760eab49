import Runtime

/// When calls to a peer are let through: a state machine without clocks or locks, told the time with every input.
///
///     closed ── failuresMax failures in a row ──▶ open ── openFor has passed ──▶ half open ── one call succeeds ──▶ closed
///                                                  ▲                               │
///                                                  └────────── it fails ───────────┘
public struct CircuitBreaker: Sendable {
    public enum State: String, Sendable, Codable { case closed, open, halfOpen = "half_open" }

    public enum Admission: Sendable, Equatable {
        case pass
        /// Refused; worth another try after this long.
        case refuse(retryAfter: Duration)
    }

    public let failuresMax: Int
    public let openFor: Duration
    private var failures = 0
    private var opened: Timestamp?
    private var probeStarted: Timestamp?

    public init(failuresMax: Int = 5, openFor: Duration = .seconds(5)) {
        precondition(failuresMax > 0 && openFor > .zero, "a breaker opens after at least one failure and for some time")
        self.failuresMax = failuresMax
        self.openFor = openFor
    }

    public func state(now: Timestamp) -> State {
        guard let opened else { return .closed }
        return now < opened + openFor ? .open : .halfOpen
    }

    /// Asks before a call. While half open, one call at a time passes; a probe that never reports counts as failed after `openFor`.
    public mutating func admit(now: Timestamp) -> Admission {
        guard let opened else { return .pass }
        let probing = opened + (seeded("breaker.stays-open") ? .seconds(86_400) : openFor)
        if now < probing { return .refuse(retryAfter: probing - now) }
        if let probeStarted, now < probeStarted + openFor { return .refuse(retryAfter: probeStarted + openFor - now) }
        probeStarted = now
        return .pass
    }

    public mutating func succeeded() {
        failures = 0
        opened = nil
        probeStarted = nil
    }

    public mutating func failed(now: Timestamp) {
        failures += 1
        if opened != nil || failures >= failuresMax {
            opened = now
            probeStarted = nil
        }
    }
}
