import Foundation
import Messaging
import Runtime

/// The durable message log: topics, consumer groups, retries and dead letters in one LMDB file, written by one thread with group commit.
///
///     let world = World.live(instance: "main")
///     let bus = try LMDBMessageBus.open(world: world, directory: URL(filePath: "data/log"), options: LogOptions())
///     defer { bus.close() }
///     try await bus.declare([Topic("order-events")])
///     try await bus.publish([message])                 // durable when it returns
///     let member = try await bus.subscribe(Subscription(group: "mail", topics: [Topic("order-events")], member: "mail-1"))
///     let deliveries = try await member.next(max: 64)
///     try await member.acknowledge(deliveries.map(\.receipt))
///
/// Guarantees: a publish that returned is in the log after `kill -9` and, with `Persistence.durable`, after a loss of power. Every
/// message reaches each group at least once; messages with one partition key in the order of their publication. Acknowledgements are
/// durable within `LogOptions.acknowledgeDelay`; a crash before it delivers again.
///
/// Limits: one process at a time; payloads and attributes as ``Message`` bounds them.
/// docs/formats/lmdb-log.md describes the bytes on disk.
public final class LMDBMessageBus: MessageBus, Sendable {
    let core: LogCore

    private init(_ core: LogCore) { self.core = core }

    /// Opens or creates the log in `directory`. Takes milliseconds: only the unsealed end of the log is read.
    ///
    /// - Parameters:
    ///   - world: the bus runs on a lane of its own, named `bus`, of this world.
    ///   - directory: created when missing; holds `log.mdb`, LMDB's `log.mdb-lock`, and `lock`.
    /// - Throws: ``BusError`` `inUse`, `formatUnknown`, `formatVersion` or `device`.
    public static func open(world: World, directory: URL, options: LogOptions = LogOptions()) throws -> LMDBMessageBus {
        LMDBMessageBus(try LogOpening.open(world: world.instance("bus"), directory: directory, options: options))
    }

    public var capabilities: BusCapabilities {
        [.producerSequences, .messageIDWindow, .keyParking, .generations, .deadLetters, .inspection, .durable]
    }

    public func declare(_ topics: [Topic]) async throws { try await core.declare(topics) }

    @discardableResult
    public func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        try await core.publish(batch, idempotence)
    }

    public func lastNumber(of producer: String) -> UInt64? { core.lastNumber(of: producer) }

    public func subscribe(_ subscription: Subscription) async throws -> any BusSubscription {
        LMDBSubscription(core, try await core.join(subscription))
    }

    /// Writes what has been accepted and closes the file. Waiting calls of `next` return empty, later calls fail with `closed`.
    /// Blocks for one commit at most.
    public func close() {
        core.close()
        core.world.shutDown()
    }

    /// Ends the bus as the end of its process would: nothing more is written and nobody who waits is answered. What was committed
    /// stays, and the directory can be opened again. For tests and simulated crashes.
    public func abandon() { core.abandon() }
}

/// A member of a consumer group on the log.
struct LMDBSubscription: BusSubscription {
    private let core: LogCore
    private let member: Member

    init(_ core: LogCore, _ member: Member) {
        self.core = core
        self.member = member
    }

    func next(max: Int) async throws -> [Delivery] { try await core.next(member, max: max) }
    func acknowledge(_ receipts: [Receipt]) async throws { try core.acknowledge(receipts, by: member) }
    func negativeAcknowledge(_ refusals: [Refusal]) async throws { try await core.refuse(refusals, by: member) }

    func close() async {
        do { try await core.leave(member) } catch {
            // The bus is closed or its device fails: the group's next generation is written by whoever joins next.
        }
    }
}
