import Logging
import Messaging
import Runtime
import Storage
import Synchronization

/// Publishes what transactions put into the outbox, in the order of their commits, each message once in the log.
///
///     let relay = OutboxRelay(world: world, store: store, bus: bus)
///     let task = world.spawn("orders relay") { try await relay.run() }
///
/// The store hands committed rows over in memory; after a restart it reads the ones left in the table first. The row's number is the
/// producer's sequence number: when the relay dies between publishing and marking, it publishes the same rows again and the bus leaves
/// them out. For that to hold one publish is in flight at a time, and rows are never skipped: a bus that refuses is asked again, with
/// backoff, until it takes them.
public final class OutboxRelay: Sendable {
    private let world: World
    private let store: ServiceStore
    private let bus: any MessageBus
    private let policy: RetryPolicy
    private let batchMax: Int
    private let payloadBytesMax: Int
    private let observer: (any RelayObserver)?
    private let logger: Logger
    private let refusal = Mutex<Refused?>(nil)

    private struct Refused {
        let kind: String
        let reason: String
    }

    /// - Parameters:
    ///   - policy: delays between attempts while the bus refuses; its number of attempts is not used.
    ///   - batchMax: messages in one publish at most.
    ///   - payloadBytesMax: bytes of payload in one publish at most; a message that is larger goes alone. What is published together must
    ///     fit into the log together, and a backlog of large messages would be refused as a whole for ever.
    public init(
        world: World, store: ServiceStore, bus: any MessageBus, policy: RetryPolicy = .untilDone, batchMax: Int = 1024,
        payloadBytesMax: Int = 4 << 20, observer: (any RelayObserver)? = nil, logger: Logger = Logger(label: "outbox-relay")
    ) {
        precondition(batchMax > 0, "a relay publishes at least one message at a time")
        precondition(policy.attemptsMax > 1 && policy.initialDelay > .zero, "a relay that is refused waits before it asks again")
        self.world = world
        self.store = store
        self.bus = bus
        self.policy = policy
        self.batchMax = batchMax
        self.payloadBytesMax = payloadBytesMax
        self.observer = observer
        self.logger = logger
    }

    /// Why nothing goes out at the moment; nil while the bus takes messages. For health checks.
    public var stalledBecause: String? { refusal.withLock { $0?.reason } }

    /// Relays until the task is cancelled or the store closes.
    public func run() async throws {
        var relayed: Int64 = 0
        while true {
            let rows = try await store.nextOutboxBatch(max: world.buggify("relay.takes-one") ? 1 : batchMax)
            guard let first = rows.first, let last = rows.last else { return }
            world.always("outbox rows are relayed in order, none twice in one life", first.id > relayed)
            relayed = last.id
            if seeded("relay.marks-before-publishing") { store.outboxRelayed(through: last.id) }
            var left = rows[...]
            while let first = left.first {
                var bytes = first.message.payload.count
                let next = left.dropFirst().firstIndex { row in
                    bytes += row.message.payload.count
                    return bytes > payloadBytesMax
                }
                let batch = left[..<(next ?? left.endIndex)]
                try await publish(batch)
                store.outboxRelayed(through: batch[batch.endIndex - 1].id)
                left = left[batch.endIndex...]
            }
        }
    }

    private func publish(_ rows: ArraySlice<OutboxRow>) async throws {
        let range = "\(rows[rows.startIndex].id)...\(rows[rows.endIndex - 1].id)"
        var messages = [Message]()
        var numbers = [UInt64]()
        messages.reserveCapacity(rows.count)
        numbers.reserveCapacity(rows.count)
        for row in rows {
            messages.append(row.message)
            numbers.append(UInt64(row.id))
        }
        let isNumbered = !seeded("relay.publishes-without-numbers")
        let idempotence = isNumbered ? Idempotence.sequence(producer: store.service, numbers: numbers) : .none
        var attempt = 1
        while true {
            try world.point(.relayPublish, "\(store.service) \(range)")
            do {
                try await bus.publish(messages, idempotence)
                break
            } catch let crash as InstanceCrash {
                throw crash
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as BusError where error.code == .closed {
                throw error
            } catch {
                refused(error)
                world.sometimes("the relay is refused and asks again")
                if seeded("relay.gives-up-when-refused") { break }
                // Never nil in practice: the delay after the last attempt stands for all later ones.
                let delay = policy.delay(afterAttempt: min(attempt, policy.attemptsMax - 1), random: world.random) ?? policy.delayMax
                attempt += 1
                try await world.sleep(for: delay)
            }
        }
        try world.point(.relayPublished, "\(store.service) \(range)")
        accepted()
        observer?.relayed(messages: rows.count)
    }

    /// Logged once for each new kind of reason, not once an attempt: texts hold counts that change.
    private func refused(_ error: any Error) {
        let reason = "\(error)"
        let kind = (error as? BusError)?.code.rawValue ?? reason
        let isNews = refusal.withLock { known in
            defer { known = Refused(kind: kind, reason: reason) }
            return known?.kind != kind
        }
        guard isNews else { return }
        logger.error("outbox waits for the bus", metadata: ["service": "\(store.service)", "reason": "\(reason)"])
        observer?.stalled(reason)
    }

    private func accepted() {
        let wasStalled = refusal.withLock { known in
            defer { known = nil }
            return known != nil
        }
        guard wasStalled else { return }
        logger.notice("outbox goes on", metadata: ["service": "\(store.service)"])
        observer?.resumed()
    }
}
