import Foundation
import Messaging
import Runtime
import Synchronization

/// One instance's connection to the real log, which can fail: what it publishes and what it is delivered passes here.
///
/// Every fault keeps the port's contract: a publish that was not answered may be in the log or not, a delivery may come again, order
/// within a key is kept.
final class FaultyBus: MessageBus {
    private let log: any MessageBus
    private let world: World
    private let faults: FaultInjector

    init(_ log: any MessageBus, world: World, faults: FaultInjector) {
        self.log = log
        self.world = world
        self.faults = faults
    }

    var capabilities: BusCapabilities { log.capabilities }
    func declare(_ topics: [Topic]) async throws { try await log.declare(topics) }
    func lastNumber(of producer: String) -> UInt64? { log.lastNumber(of: producer) }

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        guard let first = batch.first else { return [] }
        let owner = world.instance
        let entity = "\(owner)/\(first.topic)"
        if faults.strikes(.busFull, at: entity, of: owner) {
            throw BusError(
                .logFull, topic: first.topic, "the log's byte budget is used up: nothing was appended (a fault of the simulation)")
        }
        if faults.strikes(.busDropped, at: entity, of: owner, detail: "\(batch.count) messages") {
            throw BusError(.device, topic: first.topic, "the connection was lost before anything was appended (a fault of the simulation)")
        }
        let positions = try await log.publish(batch, idempotence)
        if faults.strikes(.busPoison, at: first.topic, of: owner) {
            var poison = first
            poison.id = "poison-\(faults.counts[.busPoison] ?? 0)-\(first.id)"
            poison.payload = Data("{\"poison\":".utf8)
            try await log.publish([poison])
        }
        if faults.strikes(.busAnswerLost, at: entity, of: owner, detail: "\(batch.count) messages") {
            throw BusError(.device, topic: first.topic, "the connection was lost before the answer came (a fault of the simulation)")
        }
        return positions
    }

    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription {
        Member(try await log.subscribe(subscription), subscription, log, world, faults)
    }

    /// One member's connection.
    private final class Member: BusSubscription {
        private let member: any BusSubscription
        private let subscription: Subscription
        private let log: any MessageBus
        private let world: World
        private let faults: FaultInjector
        private let state = Mutex(State())

        private struct State {
            /// Delivered again by the fault; the answers to these are swallowed, for the log has not asked for them.
            var echoes = [Delivery]()
            var echoed = Set<Receipt>()
            /// Of partitions that were another member's in between: the log must refuse the answers.
            var stale = Set<Receipt>()
        }

        init(_ member: any BusSubscription, _ subscription: Subscription, _ log: any MessageBus, _ world: World, _ faults: FaultInjector) {
            self.member = member
            self.subscription = subscription
            self.log = log
            self.world = world
            self.faults = faults
        }

        private var group: String { subscription.group }

        func next(max: Int) async throws -> [Delivery] {
            let echoes = state.withLock { state in
                defer { state.echoes = [] }
                return state.echoes
            }
            if !echoes.isEmpty { return echoes }
            var deliveries = try await member.next(max: max)
            guard !deliveries.isEmpty else { return deliveries }
            let owner = world.instance
            let delay = faults.severity(of: .busDelayed, at: group, of: owner, below: 4)
            if delay > 0 { try await world.sleep(for: [.milliseconds(1), .milliseconds(100), .seconds(2)][delay - 1]) }
            if faults.strikes(.busSlowConsumer, at: group, of: owner) { try await world.sleep(for: .seconds(20)) }
            if deliveries.count > 1, faults.strikes(.busReordered, at: group, of: owner) { deliveries = interleaved(deliveries) }
            if faults.strikes(.busStorm, at: group, of: owner, detail: "\(deliveries.count) messages") {
                // Everything comes again at once, as after a lost connection.
                try await member.negativeAcknowledge(deliveries.map { Refusal($0.receipt, .release, reason: "the connection was lost") })
                deliveries = try await member.next(max: max)
            }
            if faults.strikes(.zombie, at: group, of: owner) { try await loseGeneration(deliveries) }
            if faults.strikes(.busDuplicated, at: group, of: owner, detail: "\(deliveries.count) messages") {
                let copies = deliveries
                state.withLock { state in
                    state.echoes = copies
                    state.echoed.formUnion(copies.map(\.receipt))
                }
            }
            return deliveries
        }

        func acknowledge(_ receipts: [Receipt]) async throws {
            let real = withoutEchoes(receipts)
            guard !real.isEmpty else { return }
            if faults.strikes(.busAckLost, at: group, of: world.instance, detail: "\(real.count) messages") { return }
            try await member.acknowledge(real)
            // Not refused, so all of them are of the present generation.
            let isPresent = state.withLock { $0.stale.isDisjoint(with: real) }
            world.always("an answer of an earlier generation is refused", isPresent)
        }

        func negativeAcknowledge(_ refusals: [Refusal]) async throws {
            let real = Set(withoutEchoes(refusals.map(\.receipt)))
            let left = refusals.filter { real.contains($0.receipt) }
            if !left.isEmpty { try await member.negativeAcknowledge(left) }
        }

        func close() async { await member.close() }

        /// The answer to the first of two deliveries counts.
        private func withoutEchoes(_ receipts: [Receipt]) -> [Receipt] {
            state.withLock { state in
                guard !state.echoed.isEmpty else { return receipts }
                // While the copies wait to be delivered, an answer is one to the originals.
                guard state.echoes.isEmpty else { return receipts }
                return receipts.filter { state.echoed.remove($0) == nil }
            }
        }

        /// Another order that keeps that of each key: the keys in turn.
        private func interleaved(_ deliveries: [Delivery]) -> [Delivery] {
            var keys = [String]()
            var byKey = [String: [Delivery]]()
            for delivery in deliveries {
                let key = "\(delivery.message.topic)/\(delivery.message.partitionKey)"
                if byKey[key] == nil { keys.append(key) }
                byKey[key, default: []].append(delivery)
            }
            return keys.reversed().flatMap { byKey[$0]! }
        }

        /// Another member joins and leaves: the group's generation moves on, and the answers to what is in hand come too late.
        ///
        /// It lives on a lane of its own, and so leaves also when this instance ends meanwhile.
        private func loseGeneration(_ deliveries: [Delivery]) async throws {
            var other = subscription
            other.member += "-successor"
            let moved = try await world.instance(other.member).spawn("successor") { [log, other] in
                let successor = try await log.subscribe(other)
                let moved = try await self.partitions(of: other.member)
                await successor.close()
                return moved
            }.value
            let stale = deliveries.map(\.receipt).filter { moved.contains("\($0.position.topic)/\($0.position.partition)") }
            state.withLock { $0.stale.formUnion(stale) }
        }

        private func partitions(of member: String) async throws -> Set<String> {
            guard let log = log as? any BusInspecting else { return [] }
            let groups = try await log.groups().filter { $0.name == group }
            return Set(groups.flatMap(\.partitions).filter { $0.member == member }.map { "\($0.topic)/\($0.partition)" })
        }
    }
}
