import Messaging
import Runtime
import Storage

/// The transaction of one batch: for each message the inbox first, then the handlers. Synchronous, so nothing can come between.
///
/// A failed handler takes nothing with it but its own message. Most batches have none, and a savepoint a message costs as much as two of
/// its statements, so all of a batch is first tried in one; only when something fails is it undone and done again in a savepoint a message.
struct BatchPhase: Sendable {
    enum Outcome: Sendable, Hashable {
        case processed
        /// The inbox has seen it before.
        case duplicate
        /// Nobody takes its type.
        case unknown
        case refused(Disposition)
        /// An earlier message of its key failed.
        case released

        /// Later messages of its key wait for it.
        var comesAgain: Bool {
            switch self {
            case .released, .refused(.retry): true
            case .processed, .duplicate, .unknown, .refused: false
            }
        }
    }

    let group: String
    let handlers: MessageHandlers
    let classifier: ErrorClassifier

    /// - Parameter effects: what ``EffectPhase`` prepared, by index; empty for handlers without effects.
    /// - Returns: One outcome a delivery, in order.
    func run(_ deliveries: [Delivery], _ effects: [Int: EffectPhase.Outcome], in tx: StoreTransaction) throws -> [Outcome] {
        guard deliveries.count > 1 else { return try runEach(deliveries, effects, in: tx) }
        do {
            return try tx.savepoint {
                try deliveries.enumerated().map { index, delivery in
                    let outcome = try perform(
                        delivery.message, effects.isEmpty ? nil : effects[index], in: tx.with(cause: .of(delivery.message)))
                    if case .refused = outcome { throw OneFailed() }
                    return outcome
                }
            }
        } catch let crash as InstanceCrash {
            throw crash
        } catch {
            guard !tx.isUndone else { throw error }
            return try runEach(deliveries, effects, in: tx)
        }
    }

    /// Nothing of the batch is kept; which messages fail, and how, the second pass finds out.
    private struct OneFailed: Error {}

    private func runEach(_ deliveries: [Delivery], _ effects: [Int: EffectPhase.Outcome], in tx: StoreTransaction) throws -> [Outcome] {
        var outcomes = [Outcome]()
        outcomes.reserveCapacity(deliveries.count)
        var parked = Set<MessageKey>()
        for (index, delivery) in deliveries.enumerated() {
            let message = delivery.message
            let outcome: Outcome =
                if !parked.isEmpty, parked.contains(MessageKey(message)) {
                    .released
                } else {
                    try handle(message, effects.isEmpty ? nil : effects[index], in: tx)
                }
            if outcome.comesAgain, !seeded("consumer.key-goes-on-after-a-failure") { parked.insert(MessageKey(message)) }
            outcomes.append(outcome)
        }
        return outcomes
    }

    private func handle(_ message: Message, _ effect: EffectPhase.Outcome?, in tx: StoreTransaction) throws -> Outcome {
        let tx = tx.with(cause: .of(message))
        do {
            return try tx.savepoint { try perform(message, effect, in: tx) }
        } catch let crash as InstanceCrash {
            throw crash
        } catch {
            guard !tx.isUndone else { throw error }
            if seeded("inbox.marked-although-the-handler-fails") {
                _ = try tx.isFirstDelivery(of: message.id, source: message.source, to: group)
            }
            let disposition = classifier.disposition(of: error)
            if case .deadLetter = disposition, seeded("consumer.hands-back-what-cannot-be-read") { return .released }
            return .refused(disposition)
        }
    }

    private func perform(_ message: Message, _ effect: EffectPhase.Outcome?, in tx: StoreTransaction) throws -> Outcome {
        guard let own = handlers.handlers(for: message.type) else { return .unknown }
        var prepared: [MessageHandlers.Commit]?
        switch effect {
        case .failed(let error): return .refused(classifier.disposition(of: error))
        case .untried: return .released
        case .ready(let commits): prepared = commits
        case nil: break
        }
        guard try tx.isFirstDelivery(of: message.id, source: message.source, to: group) else { return .duplicate }
        if let prepared {
            for commit in prepared { try commit(message, tx) }
        } else {
            for case .commit(let commit) in own { try commit(message, tx) }
        }
        return .processed
    }
}
