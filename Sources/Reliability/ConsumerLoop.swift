import Logging
import Messaging
import Runtime
import Storage

/// One member of a consumer group: takes batches from the bus, handles each in one transaction, answers each with one acknowledgement.
///
///     let loop = ConsumerLoop(world: world, bus: bus, store: store, subscription: Subscription(group: "orders", topics: [.sagaReplies],
///         member: world.instance), handlers: handlers)
///     let task = world.spawn("orders consumer") { try await loop.run() }
///
/// The inbox makes the effect of each message on the database happen once, although delivery is at least once: a crash between the
/// commit and the acknowledgement delivers again, and the inbox skips what it has seen. After a failed message the later ones of its
/// key in the batch are handed back untried, so order within a key holds; other keys go on.
///
/// Runs on the instance's lane: start it with ``World/spawn(_:_:)``.
public final class ConsumerLoop: Sendable {
    private enum End {
        /// By the bus, or because the task was cancelled.
        case closed
        /// The member has to join again: the bus could not deliver, or could not take its answers.
        case lost(any Error)
    }

    private let world: World
    private let bus: any MessageBus
    private let store: ServiceStore
    private let subscription: Subscription
    private let batchMax: Int
    private let pace: Duration
    private let observer: (any ConsumerObserver)?
    private let logger: Logger
    private let effects: EffectPhase
    private let batch: BatchPhase
    private let handlers: MessageHandlers
    private let sweep: InboxSweep

    /// - Parameters:
    ///   - batchMax: messages in one transaction at most.
    ///   - pace: time from the end of a batch that was not full to the next one. What arrives meanwhile shares a transaction and a sync;
    ///     a message that comes after a quiet time does not wait. For groups that nobody waits for.
    ///   - inboxKeepsFor: how long the inbox remembers a message; longer than the log keeps what has been
    ///     consumed, 7 days. A `seek` further back, to what lies in a segment that is not full yet, runs handlers again.
    ///   - effectsMax: effects of different keys that run beside each other.
    public init(
        world: World, bus: any MessageBus, store: ServiceStore, subscription: Subscription, handlers: MessageHandlers, batchMax: Int = 128,
        pace: Duration = .zero, inboxKeepsFor: Duration = .seconds(14 * 24 * 3600), effectsMax: Int = 16,
        classifier: ErrorClassifier = .standard, observer: (any ConsumerObserver)? = nil, logger: Logger = Logger(label: "consumer")
    ) {
        precondition(batchMax > 0 && effectsMax > 0, "a consumer needs room for one message")
        self.world = world
        self.bus = bus
        self.store = store
        self.subscription = subscription
        self.handlers = handlers
        self.batchMax = batchMax
        self.pace = pace
        self.observer = observer
        self.logger = logger
        effects = EffectPhase(handlers: handlers, chainsMax: effectsMax)
        sweep = InboxSweep(group: subscription.group, keepsFor: inboxKeepsFor)
        batch = BatchPhase(group: subscription.group, handlers: handlers, classifier: classifier)
    }

    /// Consumes until the task is cancelled or the bus closes.
    /// - Throws: `CancellationError`; ``BusError`` when the group cannot be joined or read.
    public func run() async throws {
        var failures = 0
        while true {
            let member = try await bus.subscribe(subscription)
            let end = try await consume(member, &failures)
            // What is unanswered goes to the other members, or to this one when it is back.
            await member.close()
            switch end {
            case .closed: return
            case .lost(let error):
                failures += 1
                logger.notice("consumer joins its group again", metadata: metadata(["reason": "\(error)"]))
                try await world.sleep(for: Self.backoff(failures, world.random))
            }
        }
    }

    private func consume(_ member: any BusSubscription, _ failures: inout Int) async throws -> End {
        /// Messages in the next batch at most: one after a failed commit, to find the message that makes it fail.
        var limit = batchMax
        do {
            while true {
                let deliveries = try await member.next(max: world.buggify("consumer.takes-one") ? 1 : limit)
                guard !deliveries.isEmpty else { return .closed }
                if try await handle(deliveries, member) {
                    failures = 0
                    let isFull = deliveries.count >= limit
                    limit = min(limit * 2, batchMax)
                    if pace > .zero, !isFull { try await world.sleep(for: pace) }
                } else {
                    failures += 1
                    limit = 1
                    try await world.sleep(for: Self.backoff(failures, world.random))
                }
            }
        } catch let crash as InstanceCrash {
            // Gone, without a farewell.
            throw crash
        } catch let error as BusError where error.code != .closed {
            return .lost(error)
        } catch {
            await member.close()
            throw error
        }
    }

    /// - Returns: false when the transaction could not be committed; everything has been handed back then.
    private func handle(_ deliveries: [Delivery], _ member: any BusSubscription) async throws -> Bool {
        let began = world.now
        let prepared = handlers.hasEffects ? try await effects.run(deliveries) : [:]
        let outcomes: [BatchPhase.Outcome]
        if seeded("consumer.acknowledges-before-commit") {
            try await unlessStale { try await member.acknowledge(deliveries.map(\.receipt)) }
        }
        do {
            outcomes = try await store.write(cause: .of(deliveries[0].message)) { [batch, sweep] tx in
                let outcomes = try batch.run(deliveries, prepared, in: tx)
                try sweep.handled(deliveries.count, in: tx)
                return outcomes
            }
        } catch let crash as InstanceCrash {
            throw crash
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.error("batch was not committed", metadata: metadata(["messages": "\(deliveries.count)", "error": "\(error)"]))
            try await handBack(deliveries, to: member, error)
            return false
        }
        try await answer(deliveries, outcomes, to: member, began)
        return true
    }

    private func answer(
        _ deliveries: [Delivery], _ outcomes: [BatchPhase.Outcome], to member: any BusSubscription, _ began: Timestamp
    ) async throws {
        var report = ConsumedBatch(group: subscription.group, deliveries: deliveries.count)
        world.always("a batch has an outcome for each delivery", outcomes.count == deliveries.count)
        var receipts = [Receipt]()
        receipts.reserveCapacity(deliveries.count)
        var refusals = [Refusal]()
        for (delivery, outcome) in zip(deliveries, outcomes) {
            switch outcome {
            case .processed: report.processed += 1
            case .duplicate:
                world.sometimes("the inbox skips a message that came again")
                report.duplicates += 1
            case .unknown: report.unknown += 1
            case .refused(.acknowledge): report.processed += 1
            case .refused(.retry(let after, let reason)):
                report.retried += 1
                logger.warning("message will be retried", metadata: metadata(delivery, reason))
                if seeded("consumer.acknowledges-what-failed") { break }
                refusals.append(Refusal(delivery.receipt, .retry(after: after), reason: reason))
                continue
            case .refused(.deadLetter(let reason)):
                report.deadLettered += 1
                logger.error("message becomes a dead letter", metadata: metadata(delivery, reason))
                refusals.append(Refusal(delivery.receipt, .deadLetter, reason: reason))
                continue
            case .released:
                report.released += 1
                refusals.append(Refusal(delivery.receipt, .release, reason: "an earlier message of its key failed"))
                continue
            }
            receipts.append(delivery.receipt)
        }
        if !receipts.isEmpty { try await unlessStale { try await member.acknowledge(receipts) } }
        if !refusals.isEmpty { try await unlessStale { try await member.negativeAcknowledge(refusals) } }
        report.took = world.now - began
        observer?.consumed(report)
    }

    /// A partition that has moved to another member takes its messages along: they are delivered there again, and the inbox, or the
    /// handlers' own idempotence, notices. The member keeps its other partitions; joining again would only move more of them.
    private func unlessStale(_ answer: () async throws -> Void) async throws {
        do { try await answer() } catch let error as BusError where error.code == .staleGeneration {
            logger.debug("answer came too late", metadata: metadata(["reason": "\(error)"]))
        }
    }

    /// Nothing of the batch has happened. A lone message that cannot be committed counts an attempt; the messages of a larger batch do
    /// not, because one of them may be to blame, or none. The store's own failures are nobody's fault: a full disk must not turn good
    /// messages into dead letters, however long it stays full.
    private func handBack(_ deliveries: [Delivery], to member: any BusSubscription, _ error: any Error) async throws {
        let isToBlame = deliveries.count == 1 && !(error is StorageError)
        let action = isToBlame ? Refusal.Action.retry(after: nil) : .release
        let reason = ErrorClassifier.text("not committed: \(error)")
        try await unlessStale { try await member.negativeAcknowledge(deliveries.map { Refusal($0.receipt, action, reason: reason) }) }
        var report = ConsumedBatch(group: subscription.group, deliveries: deliveries.count)
        if isToBlame { report.retried = 1 } else { report.released = deliveries.count }
        observer?.consumed(report)
    }

    private static func backoff(_ failures: Int, _ random: RandomStream) -> Duration {
        RetryPolicy.untilDone.delay(afterAttempt: failures, random: random) ?? .zero
    }

    private func metadata(_ values: Logger.Metadata) -> Logger.Metadata {
        values.merging(["group": "\(subscription.group)", "instance": "\(world.instance)"]) { value, _ in value }
    }

    private func metadata(_ delivery: Delivery, _ reason: String) -> Logger.Metadata {
        metadata([
            "message": "\(delivery.message.id)", "type": "\(delivery.message.type)", "attempt": "\(delivery.attempt)",
            "reason": "\(reason)",
        ])
    }
}
