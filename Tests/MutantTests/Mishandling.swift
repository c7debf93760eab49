import LabTesting
import Testing

/// One kind of fault, a mistake in handling it, and the oracle that sees it.
struct Mishandling: Sendable, CustomTestStringConvertible {
    enum Mistake: Sendable {
        case bug(String)
        /// Commits are answered before they are synced.
        case relaxedPersistence
    }

    let fault: FaultKind
    let mistake: Mistake
    let ground: Mutant.Ground
    /// ``Verdict/kind``.
    let seenBy: String
    var bound = FaultProfile.Bound(rate: 0.3, max: 8)
    /// Another kind that it strikes with.
    var beside: [FaultKind: FaultProfile.Bound] = [:]

    init(
        _ fault: FaultKind, _ mistake: Mistake, in ground: Mutant.Ground, seenBy: String,
        _ bound: FaultProfile.Bound = .init(rate: 0.3, max: 8), beside: [FaultKind: FaultProfile.Bound] = [:]
    ) {
        self.fault = fault
        self.mistake = mistake
        self.ground = ground
        self.seenBy = seenBy
        self.bound = bound
        self.beside = beside
    }

    var testDescription: String { fault.rawValue }
    var profile: FaultProfile { FaultProfile(beside.merging([fault: bound]) { $1 }) }

    static let all = [
        Mishandling(.busDropped, .bug("relay.gives-up-when-refused"), in: .letters, seenBy: "no message lost"),
        Mishandling(.busAnswerLost, .bug("relay.publishes-without-numbers"), in: .letters, seenBy: "log intact"),
        Mishandling(.busFull, .bug("relay.gives-up-when-refused"), in: .letters, seenBy: "no message lost"),
        Mishandling(.busDelayed, .bug("consumer.key-goes-on-after-a-failure"), in: .letters, seenBy: "handled in order"),
        Mishandling(.busDuplicated, .bug("inbox.missing"), in: .letters, seenBy: "each letter arrives once"),
        Mishandling(.busReordered, .bug("inbox.keeps-the-newest-only"), in: .checkoutChaos, seenBy: "figures equal the log"),
        Mishandling(.busAckLost, .bug("bus.leases-never-end"), in: .letters, seenBy: "not settled"),
        Mishandling(.busStorm, .bug("bus.handed-back-counts-as-done"), in: .letters, seenBy: "each letter arrives once"),
        Mishandling(.busPoison, .bug("consumer.hands-back-what-cannot-be-read"), in: .orderEvents, seenBy: "endless"),
        Mishandling(.busSlowConsumer, .bug("bus.waiting-message-overtaken"), in: .letters, seenBy: "handled in order"),
        Mishandling(.zombie, .bug("bus.rebalance-drops-what-is-in-flight"), in: .letters, seenBy: "each letter arrives once"),
        Mishandling(.storeCommitFails, .bug("store.answers-before-commit"), in: .letters, seenBy: "each letter arrives once"),
        Mishandling(.storeFull, .bug("store.answers-before-commit"), in: .letters, seenBy: "each letter arrives once"),
        Mishandling(.storeSlow, .bug("stock.released-twice"), in: .checkoutChaos, seenBy: "no dead letters"),
        Mishandling(
            .powerLoss, .relaxedPersistence, in: .orderEvents, seenBy: "each effect once", .init(rate: 0.9, max: 2),
            beside: [.processCrash: .init(rate: 0.02, max: 2)]),
        Mishandling(
            .crash, .bug("timer.deleted-after-its-handler"), in: .letters, seenBy: "somebody is reminded once of each letter",
            .init(rate: 0.05, max: 8)),
        Mishandling(
            .crashLoop, .bug("supervisor.gives-up-after-three-ends"), in: .letters, seenBy: "not settled",
            beside: [.crash: .init(rate: 0.02, max: 1)]),
        Mishandling(
            .pause, .bug("saga.gives-up-past-the-pivot"), in: .checkoutChaos, seenBy: "not settled", .init(rate: 0.05, max: 8)),
        Mishandling(
            .processCrash, .bug("bus.numbers-forgotten-at-restart"), in: .letters, seenBy: "log intact", .init(rate: 0.02, max: 2)),
        Mishandling(.callRefused, .bug("breaker.stays-open"), in: .letters, seenBy: "nobody gives up", .init(rate: 0.5, max: 20)),
        Mishandling(.callLostBefore, .bug("breaker.stays-open"), in: .letters, seenBy: "nobody gives up", .init(rate: 0.5, max: 20)),
        Mishandling(.callLostAfter, .bug("idempotency.reply-not-kept"), in: .letters, seenBy: "one letter a key"),
        Mishandling(
            .callSlow, .bug("idempotency.reply-not-kept"), in: .checkoutChaos, seenBy: "one order a key", .init(rate: 0.6, max: 30)),
        Mishandling(.partition, .bug("breaker.stays-open"), in: .letters, seenBy: "nobody gives up"),
        Mishandling(.clockSkew, .bug("analytics.skips-what-is-older"), in: .orderEvents, seenBy: "figures equal the log"),
        Mishandling(.clockJump, .bug("analytics.skips-what-is-older"), in: .orderEvents, seenBy: "figures equal the log"),
        Mishandling(
            .buggify, .bug("payment.gives-up-on-a-silent-processor"), in: .checkoutChaos, seenBy: "no dead letters",
            .init(rate: 0.25, max: 1000)),
    ]
}
