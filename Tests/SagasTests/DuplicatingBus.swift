import Messaging
import Runtime
import Synchronization

/// A log that appends messages again, at random, some at once and some much later, half of them under a new identifier.
///
/// The same identifier is for the inbox to notice; a new one stands for a participant that answers twice.
final class DuplicatingBus: MessageBus {
    private let log: any MessageBus
    private let random: RandomStream
    private let earlier = Mutex([Message]())

    init(_ log: any MessageBus, _ random: RandomStream) {
        self.log = log
        self.random = random
    }

    var capabilities: BusCapabilities { log.capabilities }
    func declare(_ topics: [Topic]) async throws { try await log.declare(topics) }
    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription { try await log.subscribe(subscription) }

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        let positions = try await log.publish(batch, idempotence)
        let copies = earlier.withLock { earlier in
            earlier += batch
            let count = random.below(3)
            return (0..<count).map { index -> Message in
                var copy = earlier[random.below(earlier.count)]
                if random.below(2) == 0 { copy.id += "-copy-\(earlier.count)-\(index)" }
                return copy
            }
        }
        if !copies.isEmpty { try await log.publish(copies, .none) }
        return positions
    }
}
