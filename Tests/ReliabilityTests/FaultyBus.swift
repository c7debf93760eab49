import Messaging
import Runtime
import Synchronization

/// A log with faults at the seams: publishes that are refused, publishes and acknowledgements after which the instance is gone.
final class FaultyBus: MessageBus {
    private let log: any MessageBus
    private let refusals: Mutex<[BusError]>
    private let publishesBeforeCrash: Mutex<Int>
    private let acknowledgementsBeforeCrash: Mutex<Int>
    private let members = Mutex([any BusSubscription]())

    /// - Parameters:
    ///   - refusing: what the first publishes fail with.
    ///   - crashingAfterPublish: how many publishes are answered; after the next one the instance is gone.
    ///   - crashingBeforeAcknowledge: the same for acknowledgements, which are not passed on then.
    init(_ log: any MessageBus, refusing: [BusError] = [], crashingAfterPublish: Int = .max, crashingBeforeAcknowledge: Int = .max) {
        self.log = log
        refusals = Mutex(refusing)
        publishesBeforeCrash = Mutex(crashingAfterPublish)
        acknowledgementsBeforeCrash = Mutex(crashingBeforeAcknowledge)
    }

    var capabilities: BusCapabilities { log.capabilities }
    func declare(_ topics: [Topic]) async throws { try await log.declare(topics) }

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        if let refusal = refusals.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw refusal }
        let positions = try await log.publish(batch, idempotence)
        try Self.countDown(publishesBeforeCrash, .busAfter)
        return positions
    }

    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription {
        let member = try await log.subscribe(subscription)
        members.withLock { $0.append(member) }
        return Member(member: member, bus: self)
    }

    /// The log notices that the instance behind this bus is gone.
    func disconnect() async {
        for member in members.withLock({ $0 }) { await member.close() }
    }

    private static func countDown(_ left: borrowing Mutex<Int>, _ point: Point) throws {
        let crashes = left.withLock { left in
            left -= 1
            return left < 0
        }
        if crashes { throw InstanceCrash(instance: "test", point: point) }
    }

    private struct Member: BusSubscription {
        let member: any BusSubscription
        let bus: FaultyBus

        func next(max: Int) async throws -> [Delivery] { try await member.next(max: max) }
        func acknowledge(_ receipts: [Receipt]) async throws {
            try FaultyBus.countDown(bus.acknowledgementsBeforeCrash, .busAcknowledge)
            try await member.acknowledge(receipts)
        }
        func negativeAcknowledge(_ refusals: [Refusal]) async throws { try await member.negativeAcknowledge(refusals) }
        func close() async { await member.close() }
    }
}
