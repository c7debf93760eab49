import Messaging
import Runtime

/// A bus in memory for tests of consumers: one partition a topic, new members read from the start, redelivery by the subscription's policy, acknowledgements only counted.
/// For simulated worlds: everything happens on one thread.
final class QueueBus: MessageBus, @unchecked Sendable {
    // Unchecked: confined to the thread of the simulated run.
    let world: World
    let capabilities: BusCapabilities = []
    private(set) var log = [Message]()
    private(set) var deadLetters = [Message]()
    private var members = [Member]()

    init(world: World) { self.world = world }

    func declare(_ topics: [Topic]) async throws {}

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        batch.map { message in
            let position = Position(topic: message.topic, partition: 0, offset: UInt64(log.count))
            log.append(message)
            for member in members { member.offer(message, at: position, attempt: 1) }
            return position
        }
    }

    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription {
        let member = Member(bus: self, subscription: subscription)
        members.append(member)
        for (offset, message) in log.enumerated() {
            member.offer(message, at: Position(topic: message.topic, partition: 0, offset: UInt64(offset)), attempt: 1)
        }
        return member
    }

    /// Delivers a message that was published before to every group again, as after a lost acknowledgement.
    func redeliver(_ message: Message) {
        for member in members { member.offer(message, at: Position(topic: message.topic, partition: 0, offset: 0), attempt: 1) }
    }

    final class Member: BusSubscription, @unchecked Sendable {
        private let bus: QueueBus
        private let subscription: Subscription
        private let topics: Set<String>
        private var queue = [Delivery]()
        private var open = [Receipt: Delivery]()
        private var generation: UInt64 = 0
        private var waiting: UnsafeContinuation<Void, any Error>?

        init(bus: QueueBus, subscription: Subscription) {
            self.bus = bus
            self.subscription = subscription
            topics = Set(subscription.topics.map(\.name))
        }

        func offer(_ message: Message, at position: Position, attempt: Int) {
            guard topics.contains(message.topic) else { return }
            generation += 1
            let receipt = Receipt(group: subscription.group, position: position, generation: generation)
            queue.append(Delivery(message: message, receipt: receipt, attempt: attempt))
            waiting?.resume()
            waiting = nil
        }

        func next(max: Int) async throws -> [Delivery] {
            while queue.isEmpty {
                try await bus.world.suspend("messages for \(subscription.group)") { continuation in
                    // The call may have been queued: what came meanwhile woke nobody.
                    if queue.isEmpty { waiting = continuation } else { continuation.resume() }
                }
            }
            let batch = Array(queue.prefix(max))
            queue.removeFirst(batch.count)
            for delivery in batch { open[delivery.receipt] = delivery }
            return batch
        }

        func acknowledge(_ receipts: [Receipt]) async throws {
            for receipt in receipts { open[receipt] = nil }
        }

        func negativeAcknowledge(_ refusals: [Refusal]) async throws {
            for refusal in refusals {
                guard let delivery = open.removeValue(forKey: refusal.receipt) else { continue }
                switch refusal.action {
                case .release: offer(delivery.message, at: delivery.position, attempt: delivery.attempt)
                case .deadLetter: bus.deadLetters.append(delivery.message)
                case .retry(let after):
                    let delay = subscription.retry.delay(afterAttempt: delivery.attempt, random: bus.world.random)
                    guard let delay = after ?? delay else {
                        bus.deadLetters.append(delivery.message)
                        continue
                    }
                    _ = bus.world.lane.schedule(after: delay) {
                        self.offer(delivery.message, at: delivery.position, attempt: delivery.attempt + 1)
                    }
                }
            }
        }

        func close() async {}
    }
}
