import Logging
import Messaging
import Runtime
import Storage

/// Wakes when durable timers are due and runs their handlers: one transaction a batch, a savepoint a timer.
///
/// Timers survive restarts; one that was due while the service was down fires at once. Deleting the row and the handler's work commit
/// together, so a timer has its effect once. When a handler throws, its timer is set again with backoff, for as long as it takes;
/// only ``PermanentFailure`` gives a timer up. A timer of a kind that nobody handles waits too: the next release may know it.
///
/// Runs on the instance's lane: start it with ``World/spawn(_:_:)``.
public final class TimerLoop: Sendable {
    private struct Key: Hashable {
        let kind: String
        let subject: String
        init(_ timer: DueTimer) {
            kind = timer.kind
            subject = timer.subject
        }
    }

    private enum Outcome: Sendable {
        case done
        /// Moved or cancelled since it was read.
        case gone
        case setAgain(reason: String)
        case givenUp(reason: String)
    }

    private let world: World
    private let store: ServiceStore
    private let handlers: TimerHandlers
    private let classifier: ErrorClassifier
    private let policy: RetryPolicy
    private let logger: Logger

    /// - Parameter policy: delays after failures; its number of attempts is not used.
    public init(
        world: World, store: ServiceStore, handlers: TimerHandlers, classifier: ErrorClassifier = .standard,
        policy: RetryPolicy = RetryPolicy(attemptsMax: .max, initialDelay: .milliseconds(200), delayMax: .seconds(60)),
        logger: Logger = Logger(label: "timers")
    ) {
        self.world = world
        self.store = store
        self.handlers = handlers
        self.classifier = classifier
        self.policy = policy
        self.logger = logger
    }

    /// Runs until the task is cancelled or the store closes.
    public func run() async throws {
        /// Failures in a row by timer. In memory only: after a restart the backoff begins anew.
        var failures = [Key: Int]()
        var failedCommits = 0
        while true {
            let due = try await store.waitForTimer()
            guard !due.isEmpty else { return }
            // What is due may be cancelled, or set anew, before it is handled.
            if world.buggify("timer.late") { try await world.sleep(for: .milliseconds(500)) }
            for timer in due { try world.point(.timerWake, "\(timer.kind)/\(timer.subject)") }
            do {
                let known = failures
                let outcomes = try await store.write(cause: Self.cause(due[0])) { tx in try self.fire(due, known, in: tx) }
                if seeded("timer.deleted-after-its-handler") {
                    try await store.write(cause: Self.cause(due[0])) { tx in for timer in due { _ = try tx.takeTimer(timer) } }
                }
                note(due, outcomes, &failures)
                failedCommits = 0
            } catch let crash as InstanceCrash {
                throw crash
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failedCommits += 1
                logger.error("timers were not committed", metadata: ["service": "\(store.service)", "error": "\(error)"])
                try await world.sleep(for: RetryPolicy.untilDone.delay(afterAttempt: failedCommits, random: world.random) ?? .seconds(5))
            }
        }
    }

    private func fire(_ due: [DueTimer], _ failures: [Key: Int], in tx: StoreTransaction) throws -> [Outcome] {
        var outcomes = [Outcome]()
        outcomes.reserveCapacity(due.count)
        for timer in due { outcomes.append(try fire(timer, failures[Key(timer), default: 0], in: tx.with(cause: Self.cause(timer)))) }
        return outcomes
    }

    private func fire(_ timer: DueTimer, _ failures: Int, in tx: StoreTransaction) throws -> Outcome {
        let disposition: Disposition
        do {
            guard let handle = handlers.handler(for: timer.kind) else { throw RetryLater("no handler for timers of kind \(timer.kind)") }
            return try tx.savepoint {
                guard try seeded("timer.deleted-after-its-handler") || tx.takeTimer(timer) else { return .gone }
                try handle(timer, tx)
                return .done
            }
        } catch let crash as InstanceCrash {
            throw crash
        } catch {
            guard !tx.isUndone else { throw error }
            disposition = classifier.disposition(of: error)
        }
        switch disposition {
        case .acknowledge:
            _ = try tx.takeTimer(timer)
            return .done
        case .deadLetter(let reason):
            _ = try tx.takeTimer(timer)
            return .givenUp(reason: reason)
        case .retry(_, let reason) where seeded("timer.lost-when-its-handler-fails"):
            return try tx.takeTimer(timer) ? .givenUp(reason: reason) : .gone
        case .retry(let after, let reason):
            let delay =
                after ?? policy.delay(afterAttempt: min(failures + 1, policy.attemptsMax - 1), random: world.random) ?? policy.delayMax
            try tx.setTimer(timer.kind, subject: timer.subject, at: tx.now + delay, payload: timer.payload)
            return .setAgain(reason: reason)
        }
    }

    private func note(_ due: [DueTimer], _ outcomes: [Outcome], _ failures: inout [Key: Int]) {
        for (timer, outcome) in zip(due, outcomes) {
            switch outcome {
            case .done: failures[Key(timer)] = nil
            case .gone:
                world.sometimes("a timer is gone when it is handled")
                failures[Key(timer)] = nil
            case .setAgain(let reason):
                let count = failures[Key(timer), default: 0] + 1
                failures[Key(timer)] = count
                logger.warning("timer failed and is set again", metadata: metadata(timer, reason, attempt: count))
            case .givenUp(let reason):
                failures[Key(timer)] = nil
                logger.error("timer is given up", metadata: metadata(timer, reason, attempt: 1))
            }
        }
    }

    /// What a timer causes has no request to refer to: the timer itself begins the flow. Sagas keep their own correlation.
    private static func cause(_ timer: DueTimer) -> Cause {
        let name = "timer/\(timer.kind)/\(timer.subject)/\(timer.dueAt.microseconds)"
        return Cause(correlationID: name, causationID: name)
    }

    private func metadata(_ timer: DueTimer, _ reason: String, attempt: Int) -> Logger.Metadata {
        [
            "service": "\(store.service)", "kind": "\(timer.kind)", "subject": "\(timer.subject)", "attempt": "\(attempt)",
            "reason": "\(reason)",
        ]
    }
}
