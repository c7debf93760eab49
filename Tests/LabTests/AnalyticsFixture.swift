@testable import AnalyticsService
import CatalogAPI
import Foundation
import GRDB
import Messaging
import NotificationsAPI
import OrdersAPI
import PaymentsAPI
import Runtime
import ServiceKit
import Storage
import Synchronization
import UsersAPI

/// The analytics tables in a simulated world, fed by hand: the inbox check and the projection, as the consumer loop runs them.
final class AnalyticsFixture: Sendable {
    let store: ServiceStore
    let world: World

    static func run<T: Sendable>(seed: UInt64 = 1, _ body: @escaping @Sendable (AnalyticsFixture) async throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("analytics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover in the temporary folder harms nobody
        return try SimulatedRun(seed: seed).execute { main in
            let world = main.instance("analytics")
            let store = try ServiceStore.open(
                world: world, service: "analytics", file: folder.appendingPathComponent("analytics.sqlite"),
                migrations: AnalyticsService.declaration.migrations, options: StoreOptions(persistence: .volatile))
            return try await body(AnalyticsFixture(world: world, store: store))
        }
    }

    private init(world: World, store: ServiceStore) {
        self.world = world
        self.store = store
    }

    func consume(_ messages: [Message]) async throws {
        try await write { tx in
            for message in messages {
                guard try tx.isFirstDelivery(of: message.id, source: message.source, to: AnalyticsService.group) else { continue }
                try AnalyticsProjection.live.apply(message, in: tx.db)
            }
        }
    }

    func rebuild(_ messages: [Message], replacing: Bool = false, pageMax: Int = 50) async throws -> RebuildReport {
        let rest = Mutex(messages[...])
        return try await AnalyticsRebuild(store: store).run(replacing: replacing, cause: Cause(correlationID: "rebuild")) {
            rest.withLock { rest in
                defer { rest = rest.dropFirst(pageMax) }
                return Array(rest.prefix(pageMax))
            }
        }
    }

    /// Every row of every table, as text.
    func tables() async throws -> [String: [String]] {
        try await read { db in
            var rows = [String: [String]]()
            for table in AnalyticsTables.live.all {
                rows[table] = try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map(\.description).sorted()
            }
            return rows
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        let store = store
        return try await world.spawn("read") { try store.read(body) }.value
    }

    func write(_ body: @escaping @Sendable (StoreTransaction) throws -> Void) async throws {
        try await store.write(cause: Cause(correlationID: "test"), body)
    }
}

/// A random history of a marketplace: what services would publish, and what the figures must come to.
struct AnalyticsHistory: Sendable {
    private(set) var messages = [Message]()
    private(set) var statuses = ["pending": 0, "confirmed": 0, "shipped": 0, "delivered": 0, "rejected": 0, "cancelled": 0]
    private(set) var revenueMinor = [String: Int64]()
    private(set) var units = 0

    init(seed: UInt64, orders: Int) {
        let random = RandomStream(seed: seed)
        var second: Int64 = 1_767_225_600
        func add<P>(_ type: MessageType<P>, _ payload: P) {
            second += Int64(random.below(90))
            do {
                messages.append(try Self.message(type, payload, messages.count + 1, at: second))
            } catch {
                preconditionFailure("a sample does not encode: \(error)")
            }
        }
        for number in 1...Int64(orders) {
            let user = UserState(
                user_id: number, email: "u\(number)@example.com", full_name: "U", roles: [], is_active: true, revision: 1, at: .epoch)
            add(UsersAPI.registered, user)
            let currency = random.below(3) == 0 ? "EUR" : "USD"
            let lines = (0...random.below(3)).map { _ in
                let product = Int64(random.below(5))
                let count = 1 + random.below(4)
                return product == 0
                    ? OrderedLine(item: "book", quantity: count, unit_minor: 0)
                    : OrderedLine(product_id: product, item: "Product \(product) v\(number)", quantity: count, unit_minor: 100 * product)
            }
            units += lines.reduce(0) { $0 + $1.quantity }
            let total = lines.reduce(0) { $0 + $1.unit_minor * Int64($1.quantity) }
            let userID = String(number)
            let outcome = OrderOutcome(order_id: number, user_id: userID, total_minor: total, currency: currency)
            let payment = PaymentEvent(
                payment_id: number, order_id: String(number), user_id: userID, amount_minor: total, currency: currency)
            add(
                OrdersAPI.placed,
                OrderPlaced(order_id: number, user_id: userID, lines: lines, total_minor: total, currency: currency, placed_at: .epoch))
            switch random.below(6) {
            case 0: statuses["pending"]! += 1
            case 1:
                add(PaymentsAPI.declined, payment)
                add(OrdersAPI.rejected, outcome)
                statuses["rejected"]! += 1
            case 2:
                add(OrdersAPI.cancelled, outcome)
                statuses["cancelled"]! += 1
            case let fate:
                add(PaymentsAPI.authorized, payment)
                add(OrdersAPI.confirmed, outcome)
                add(PaymentsAPI.captured, payment)
                revenueMinor[currency, default: 0] += total
                add(
                    NotificationsAPI.sent,
                    NotificationOutcome(
                        notification_id: number, user_id: userID, kind: "order.confirmed", channel: .email, provider: "mailbox", attempts: 1
                    ))
                if total > 0, random.below(4) == 0 {
                    var refund = payment
                    refund.amount_minor = 1 + Int64(random.below(Int(total)))
                    add(PaymentsAPI.refunded, refund)
                    revenueMinor[currency, default: 0] -= refund.amount_minor
                }
                if fate > 3 { add(OrdersAPI.shipped, outcome) }
                if fate > 4 { add(OrdersAPI.delivered, outcome) }
                statuses[fate > 4 ? "delivered" : fate > 3 ? "shipped" : "confirmed"]! += 1
            }
        }
    }

    static func message<P>(_ type: MessageType<P>, _ payload: P, _ number: Int, at second: Int64) throws -> Message {
        Message(
            id: "m-\(number)", source: "test", type: type.name, subject: String(number), time: Timestamp(seconds: second),
            topic: type.topic.name, partitionKey: String(number), payload: try PayloadCoding.encode(payload))
    }
}

extension Array {
    /// Fisher–Yates with a seeded stream.
    func shuffled(with random: RandomStream) -> [Element] {
        var result = self
        for index in result.indices.dropFirst().reversed() { result.swapAt(index, random.below(index + 1)) }
        return result
    }
}
