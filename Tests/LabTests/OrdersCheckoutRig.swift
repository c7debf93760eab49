import CatalogAPI
import Contracts
import EventSourcing
import Foundation
import GRDB
import Messaging
import OrdersAPI
import PaymentsAPI
import Reliability
import Runtime
import Sagas
import ServiceKit
import Storage
import Telemetry

@testable import OrdersService
@testable import Reliability

/// The orders database with its saga and nobody else: commands are read from the outbox, replies are handed in by the test.
struct OrdersCheckoutRig: Sendable {
    let store: ServiceStore
    let book: OrderBook
    let saga: SagaExecutor<Checkout>
    private let handlers: MessageHandlers
    private let timers: TimerHandlers
    let metrics = MetricRegistry()
    static let cause = Cause(correlationID: "test")

    /// Runs `body` on the lane of an orders instance in a simulated world.
    static func run(seed: UInt64 = 1, _ body: @escaping @Sendable (OrdersCheckoutRig) async throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orders-\(ProcessInfo.processInfo.globallyUniqueString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a folder left behind hurts nobody
        try SimulatedRun(seed: seed).execute { world in
            let orders = world.instance("orders")
            try await orders.spawn("body") { try await body(OrdersCheckoutRig(world: orders, folder: folder)) }.value
        }
    }

    private init(world: World, folder: URL) throws {
        store = try ServiceStore.open(
            world: world, service: "orders", file: folder.appendingPathComponent("orders.sqlite"),
            migrations: OrdersService.declaration.migrations, options: StoreOptions(persistence: .volatile))
        book = OrderBook(waiters: OrderWaiters(world: world), metrics: OrderMetrics(metrics))
        saga = SagaExecutor(CheckoutSaga.definition(book: book, timeouts: CheckoutTimeouts()), world: world)
        var handlers = MessageHandlers()
        var timers = TimerHandlers()
        saga.install(consumers: &handlers, timers: &timers)
        self.handlers = handlers
        self.timers = timers
    }

    static let lamp = PlacedOrder(
        user: UserReference(7), lines: [OrderedLine(product_id: 3, item: "Lamp", quantity: 2, unit_minor: 1999)], totalMinor: 3998,
        currency: "EUR", cardLast4: "4242")

    func place(
        _ placed: PlacedOrder = lamp, card: String? = "4242424242424242", hasCatalog: Bool = true, hasPayments: Bool = true
    ) async throws -> Int64 {
        try await store.write(cause: Self.cause) { [book, saga] tx in
            let id = try book.place(placed, in: tx)
            let checkout = Checkout(orderID: id, placed: placed, card: card, hasCatalog: hasCatalog, hasPayments: hasPayments)
            try saga.begin(checkout.sagaID, checkout, in: tx)
            return id
        }
    }

    func reply<P>(_ type: MessageType<P>, _ payload: P, to id: Int64) async throws {
        let message = Message(
            id: "reply", source: "participant", type: type.name, subject: String(id), time: .epoch, topic: type.topic.name,
            partitionKey: String(id), payload: try PayloadCoding.encode(payload))
        try await store.write(cause: Cause.of(message)) { [handlers] tx in
            for case .commit(let commit) in handlers.handlers(for: message.type) ?? [] { try commit(message, tx) }
        }
    }

    /// The saga's timer is due, and the deadline of the step in work has passed.
    func timeOut(_ id: Int64) async throws {
        try await store.write(cause: Self.cause) { [timers] tx in
            try timers.handler(for: "saga.checkout")?(
                DueTimer(kind: "saga.checkout", subject: String(id), dueAt: tx.now + .seconds(3600), payload: Data()), tx)
        }
    }

    func cancel(_ id: Int64) async throws -> Bool {
        try await store.write(cause: Self.cause) { [saga] tx in
            try saga.requestCancel(String(id), reason: CancelReason(text: nil).sagaReason, in: tx)
        }
    }

    func record(_ command: OrderCommand, _ id: Int64) async throws {
        try await store.write(cause: Self.cause) { [book] tx in _ = try book.record(command, id: id, in: tx) }
    }

    func order(_ id: Int64) throws -> OrderView { try store.read { try OrderTables(db: $0).order(id) }! }

    /// Types of everything published so far, in order.
    func published() throws -> [String] { try store.read { try String.fetchAll($0, sql: "SELECT type FROM outbox ORDER BY id") } }

    /// The payload of the last message of a type.
    func last<P>(_ type: MessageType<P>) throws -> P {
        let data = try store.read {
            try Data.fetchOne($0, sql: "SELECT payload FROM outbox WHERE type = ? ORDER BY id DESC", arguments: [type.name])
        }
        return try PayloadCoding.decode(P.self, from: data!)
    }

    func differences() async throws -> [String] {
        try await store.write(cause: Self.cause) { try OrderStream.projection.compare(in: $0.db).map(\.description) }
    }
}
