import Runtime

/// What can go wrong in a simulated run. docs/faults.md says of each what it does and what must withstand it.
public enum FaultKind: String, CaseIterable, Codable, Sendable, Hashable {
    // The log.
    case busDropped = "bus.dropped"
    case busAnswerLost = "bus.answer-lost"
    case busFull = "bus.full"
    case busDelayed = "bus.delayed"
    case busDuplicated = "bus.duplicated"
    case busReordered = "bus.reordered"
    case busAckLost = "bus.ack-lost"
    case busStorm = "bus.storm"
    case busPoison = "bus.poison"
    case busSlowConsumer = "bus.slow-consumer"
    case zombie = "bus.zombie"
    // A service's database.
    case storeCommitFails = "store.commit-fails"
    case storeFull = "store.full"
    case storeSlow = "store.slow"
    case powerLoss = "store.power-loss"
    // Instances and the process.
    case crash = "service.crash"
    case crashLoop = "service.crash-loop"
    case pause = "service.pause"
    case processCrash = "process.crash"
    // Calls between services and from clients.
    case callRefused = "call.refused"
    case callLostBefore = "call.lost-before"
    case callLostAfter = "call.lost-after"
    case callSlow = "call.slow"
    case partition = "call.partition"
    // Clocks.
    case clockSkew = "clock.skew"
    case clockJump = "clock.jump"
    // Fault points in the code.
    case buggify = "code.buggify"

    /// The kind that a choice's entity begins with.
    init?(entity: String) { self.init(rawValue: String(entity.prefix { $0 != "/" })) }

    /// How a run's record shows it.
    public var pointName: String { "fault.\(rawValue)" }
}

/// Which faults a scenario asks for, how often, and how many at most: bounded by what the system must recover from, so that a red run
/// is a bug.
public struct FaultProfile: Sendable {
    public struct Bound: Sendable, Hashable {
        /// Probability at each opportunity, in a run in which the swarm has the kind on.
        public var rate: Double
        /// In one run.
        public var max: Int
        public init(rate: Double, max: Int) {
            self.rate = rate
            self.max = max
        }
    }

    public var bounds: [FaultKind: Bound]
    public init(_ bounds: [FaultKind: Bound]) { self.bounds = bounds }

    public static let none = FaultProfile([:])

    public static func only(_ kinds: FaultKind..., rate: Double = 0.05, max: Int = 4) -> FaultProfile {
        FaultProfile(Dictionary(uniqueKeysWithValues: kinds.map { ($0, Bound(rate: rate, max: max)) }))
    }

    /// The same, with another bound for one kind.
    public func with(_ kind: FaultKind, rate: Double, max: Int) -> FaultProfile {
        var profile = self
        profile.bounds[kind] = Bound(rate: rate, max: max)
        return profile
    }

    /// Everything that the platform promises to survive without losing anything.
    public static let swarm = FaultProfile([
        .busDropped: Bound(rate: 0.03, max: 6), .busAnswerLost: Bound(rate: 0.03, max: 6), .busFull: Bound(rate: 0.01, max: 4),
        .busDelayed: Bound(rate: 0.05, max: 20), .busDuplicated: Bound(rate: 0.05, max: 20), .busReordered: Bound(rate: 0.1, max: 20),
        .busAckLost: Bound(rate: 0.05, max: 6), .busStorm: Bound(rate: 0.02, max: 3), .busPoison: Bound(rate: 0.01, max: 2),
        .busSlowConsumer: Bound(rate: 0.03, max: 6), .zombie: Bound(rate: 0.02, max: 2),
        .storeCommitFails: Bound(rate: 0.01, max: 4), .storeFull: Bound(rate: 0.005, max: 3), .storeSlow: Bound(rate: 0.02, max: 6),
        .powerLoss: Bound(rate: 0.3, max: 2),
        .crash: Bound(rate: 0.003, max: 4), .crashLoop: Bound(rate: 0.2, max: 1), .pause: Bound(rate: 0.003, max: 4),
        .processCrash: Bound(rate: 0.001, max: 2),
        .callRefused: Bound(rate: 0.03, max: 6), .callLostBefore: Bound(rate: 0.02, max: 4), .callLostAfter: Bound(rate: 0.02, max: 4),
        .callSlow: Bound(rate: 0.05, max: 10), .partition: Bound(rate: 0.01, max: 2),
        .clockSkew: Bound(rate: 0.2, max: 3), .clockJump: Bound(rate: 0.01, max: 2), .buggify: Bound(rate: 0.25, max: 1000),
    ])
}
