import Foundation
import GRDB
import LMDBBus
import Logging
import Messaging
import Reliability
import Runtime
import Sagas
import Storage
import Synchronization

/// The coordinator and its participants over SQLite and the log, in a simulated world: orders, and one instance that plays both
/// stock and payments.
///
/// Not actors: the loops are all that runs here, each on its instance's lane.
final class CheckoutLab: Sendable {
    let world: World
    let bus: any MessageBus
    let inspecting: any BusInspecting
    let orders: Instance
    let participants: Instance
    let executor: SagaExecutor<Checkout>
    let script: Script
    private let loops = Mutex([Task<Void, any Error>]())

    struct Instance: Sendable {
        let world: World
        let store: ServiceStore

        /// Runs `body` on the instance's lane, where its store belongs.
        func run<T: Sendable>(_ body: @escaping @Sendable (ServiceStore) async throws -> T) async throws -> T {
            try await world.spawn("test") { [store] in try await body(store) }.value
        }
    }

    /// What the participants do when asked; refuses or stays silent where a test wants it.
    final class Script: Sendable {
        enum Reaction: Sendable { case accept, refuse(String), silence, twice }
        private let reactions = Mutex([String: [Reaction]]())

        /// The next commands of this type get these reactions, one each; then they are accepted.
        func on<P>(_ type: MessageType<P>, _ next: Reaction...) { reactions.withLock { $0[type.name, default: []] += next } }

        func reaction(to type: String) -> Reaction {
            reactions.withLock { $0[type]?.isEmpty == false ? $0[type]!.removeFirst() : .accept }
        }
    }

    /// - Parameter wrap: puts a faulty bus between the services and the log.
    init(_ world: World, folder: URL, wrap: (any MessageBus, World) -> any MessageBus = { bus, _ in bus }) async throws {
        self.world = world
        let log = try LMDBMessageBus.open(
            world: world.instance("bus"), directory: folder.appendingPathComponent("log"), options: LogOptions(persistence: .volatile))
        inspecting = log
        bus = wrap(log, world.instance("faults"))
        try await bus.declare([Stock.commands, Money.commands, .sagaReplies])
        orders = try Self.instance("orders", world, folder, Self.ordersSchema)
        participants = try Self.instance("participants", world, folder, Self.participantsSchema)
        executor = SagaExecutor(checkout, world: orders.world)
        script = Script()
        var consumers = MessageHandlers()
        var timers = TimerHandlers()
        executor.install(consumers: &consumers, timers: &timers)
        start(orders, consumers, topics: checkout.replyTopics, timers)
        start(participants, Self.participants(script), topics: [Stock.commands, Money.commands], TimerHandlers())
    }

    private static func instance(_ name: String, _ world: World, _ folder: URL, _ schema: String) throws -> Instance {
        let world = world.instance(name)
        let store = try ServiceStore.open(
            world: world, service: name, file: folder.appendingPathComponent("\(name).sqlite"),
            migrations: Migrations([.init(name: "0001_initial", sql: schema)]), options: StoreOptions(persistence: .volatile))
        return Instance(world: world, store: store)
    }

    private func start(_ instance: Instance, _ handlers: MessageHandlers, topics: [Topic], _ timers: TimerHandlers) {
        let world = instance.world
        // The failures of these tests are on purpose; their log lines would only hide others.
        let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        let relay = OutboxRelay(world: world, store: instance.store, bus: bus, logger: quiet)
        let consumer = ConsumerLoop(
            world: world, bus: bus, store: instance.store,
            subscription: Subscription(group: world.instance, topics: topics, member: world.instance), handlers: handlers, logger: quiet)
        let timers = TimerLoop(world: world, store: instance.store, handlers: timers, logger: quiet)
        loops.withLock {
            $0 += [
                world.spawn("relay") { try await relay.run() }, world.spawn("consumer") { try await consumer.run() },
                world.spawn("timers") { try await timers.run() },
            ]
        }
    }

    /// Ends the loops, so that nothing of this lab runs after its test.
    func stop() async throws {
        for loop in loops.withLock({ $0 }) {
            loop.cancel()
            do { try await loop.value } catch is CancellationError {}
        }
        for instance in [orders, participants] { try await instance.run { try $0.close() } }
    }

    // MARK: What tests do and see

    func place(_ id: String, isPaid: Bool = true, shipsAt: Timestamp? = nil, objection: String? = nil) async throws {
        try await orders.run { [executor] store in
            try await store.write(cause: Cause(correlationID: "request-\(id)")) { tx in
                try executor.begin(id, Checkout(order: id, isPaid: isPaid, shipsAt: shipsAt, objection: objection), in: tx)
            }
        }
    }

    func cancel(_ id: String) async throws -> Bool {
        try await orders.run { [executor] store in
            try await store.write(cause: Cause(correlationID: "cancel-\(id)")) { tx in
                try executor.requestCancel(id, reason: "changed mind", in: tx)
            }
        }
    }

    /// Sends a reply of its own making, as a participant would.
    func reply(_ type: MessageType<Answer>, to id: String) async throws {
        try await participants.run { store in
            try await store.write(cause: Cause(correlationID: "request-\(id)")) { tx in try tx.publish(type, Answer(id), subject: id) }
        }
    }

    func saga(_ id: String) async throws -> SagaInstance {
        try await orders.run { [executor] store in
            try store.read { db in
                guard let instance = try executor.instance(id, in: db) else { throw PermanentFailure("no saga \(id)") }
                return instance
            }
        }
    }

    /// Lets virtual time pass until the saga has ended, then until nothing is left to deliver.
    func end(of id: String, within limit: Duration = .seconds(3600)) async throws -> SagaInstance {
        let deadline = world.now + limit
        while world.now < deadline {
            if try await saga(id).status.isEnded {
                try await settle()
                return try await saga(id)
            }
            try await world.sleep(for: .milliseconds(100))
        }
        throw PermanentFailure("saga \(id) has not ended:\n\(try await saga(id).text)\n\(try await saga(id).logText)")
    }

    func settle() async throws {
        while true {
            try await world.sleep(for: .milliseconds(100))
            let lag = try await inspecting.groups().reduce(0) { $0 + $1.lag }
            if lag == 0, orders.store.isOutboxEmpty, participants.store.isOutboxEmpty { return }
        }
    }

    /// Status and reason of an order: `shipped`, `rejected: declined`.
    func order(_ id: String) async throws -> String {
        try await orders.run { store in
            try store.read { db in
                let row = try Row.fetchOne(db, sql: "SELECT status, reason FROM orders WHERE id = ?", arguments: [id])
                guard let row else { return "none" }
                let reason: String? = row[1]
                return (row[0] as String) + (reason.map { ": \($0)" } ?? "")
            }
        }
    }

    func count(_ sql: String) async throws -> Int {
        try await orders.run { store in try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(sql)") ?? 0 } }
    }

    /// Types of the commands that participants carried out for an order, in order.
    func commands(_ id: String) async throws -> [String] {
        try await participants.run { store in
            try store.read { try String.fetchAll($0, sql: "SELECT type FROM command WHERE subject = ? ORDER BY seq", arguments: [id]) }
        }
    }

    /// What participants hold for an order: `stock:reserved`, `money:voided`.
    func holdings(_ id: String) async throws -> [String] {
        try await participants.run { store in
            try store.read { db in
                try String.fetchAll(
                    db, sql: "SELECT what || ':' || status FROM holding WHERE subject = ? ORDER BY what DESC", arguments: [id])
            }
        }
    }

    // MARK: Participants

    private static let ordersSchema = """
        CREATE TABLE orders(id TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT, reservation INTEGER) STRICT;
        CREATE TABLE parcel(order_id TEXT NOT NULL) STRICT;
        """
    private static let participantsSchema = """
        CREATE TABLE command(seq INTEGER PRIMARY KEY, type TEXT NOT NULL, subject TEXT NOT NULL) STRICT;
        CREATE TABLE holding(what TEXT NOT NULL, subject TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY(what, subject)) STRICT;
        """

    private static func participants(_ script: Script) -> MessageHandlers {
        var handlers = MessageHandlers()
        take(Stock.reserve, "stock", "reserved", from: nil, answer: Stock.reserved, refusal: Stock.refused)
        take(Stock.release, "stock", "released", from: "reserved", answer: Stock.released, refusal: nil)
        take(Money.authorize, "money", "authorised", from: nil, answer: Money.authorized, refusal: Money.declined)
        take(Money.void, "money", "voided", from: "authorised", answer: Money.voided, refusal: nil)
        take(Money.capture, "money", "captured", from: "authorised", answer: Money.captured, refusal: Money.captureRefused)
        return handlers

        /// Idempotent: moves a holding `from` one status to the next; in any other status only the answer is repeated.
        func take(
            _ command: MessageType<Ask>, _ what: String, _ status: String, from: String?, answer: MessageType<Answer>,
            refusal: MessageType<Answer>?
        ) {
            handlers.on(command) { ask, message, tx in
                try tx.db.execute(sql: "INSERT INTO command(type, subject) VALUES (?, ?)", arguments: [command.name, message.subject])
                var copies = 1
                let known = try String.fetchOne(
                    tx.db, sql: "SELECT status FROM holding WHERE what = ? AND subject = ?", arguments: [what, message.subject])
                if from == nil, let known {
                    // Asked before: the same answer again, whatever the script says by now.
                    let answer = known == "refused" ? refusal ?? answer : answer
                    return try tx.publish(answer, Answer(ask.order, number: 7), subject: message.subject)
                }
                switch script.reaction(to: command.name) {
                case .silence: return
                case .refuse(let reason):
                    guard let refusal else { return }
                    if from == nil {
                        try tx.db.execute(
                            sql: "INSERT INTO holding(what, subject, status) VALUES (?, ?, 'refused')", arguments: [what, message.subject])
                    }
                    return try tx.publish(refusal, Answer(ask.order, reason: reason), subject: message.subject)
                case .twice: copies = 2
                case .accept: break
                }
                if from == nil || status == "released" || status == "voided" {
                    // Releasing what was never reserved leaves a mark, so that a command that comes late takes nothing.
                    try tx.db.execute(
                        sql: """
                            INSERT INTO holding(what, subject, status) VALUES (?, ?, ?)
                            ON CONFLICT DO UPDATE SET status = excluded.status WHERE status = ?
                            """, arguments: [what, message.subject, status, from])
                } else {
                    try tx.db.execute(
                        sql: "UPDATE holding SET status = ? WHERE what = ? AND subject = ? AND status = ?",
                        arguments: [status, what, message.subject, from])
                }
                for _ in 0..<copies { try tx.publish(answer, Answer(ask.order, number: 7), subject: message.subject) }
            }
        }
    }
}

/// Runs `body` with a lab of its own in virtual time.
func withCheckoutLab(
    seed: UInt64 = 1, wrap: @escaping @Sendable (any MessageBus, World) -> any MessageBus = { bus, _ in bus },
    _ body: @escaping @Sendable (CheckoutLab) async throws -> Void
) throws {
    let folder = TestFolder()
    try SimulatedRun(seed: seed).execute { world in
        let lab = try await CheckoutLab(world, folder: folder.url, wrap: wrap)
        try await body(lab)
        try await lab.stop()
    }
}
