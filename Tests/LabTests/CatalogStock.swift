import CatalogAPI
import GRDB
import Messaging
import Reliability
import Runtime
import Storage
import Testing

@testable import CatalogService

/// The catalog's side of checkouts in a simulated world.
struct CatalogStock: Sendable {
    let rig: CatalogStoreRig
    private let expiry: ReservationExpiry
    private let participant: StockParticipant

    static func run(seed: UInt64 = 1, _ body: @escaping @Sendable (CatalogStock) async throws -> Void) throws {
        try CatalogStoreRig.run(CatalogService.declaration, seed: seed) { try await body(CatalogStock(rig: $0)) }
    }

    private init(rig: CatalogStoreRig) {
        self.rig = rig
        expiry = ReservationExpiry(timeToLive: .seconds(15 * 60))
        participant = StockParticipant(expiry: expiry)
    }

    func startTimers() -> Task<Void, any Error> {
        var handlers = TimerHandlers()
        expiry.install(&handlers)
        let loop = TimerLoop(world: rig.world, store: rig.store, handlers: handlers)
        return rig.world.spawn("timers") { try await loop.run() }
    }

    func product(_ name: String = "Mug", onHand: Int = 0) async throws -> Int64 {
        let sku = rig.world.makeID()
        return try await rig.write { tx in
            try ProductTable.insert(
                CreateProduct(sku: sku, name: name, price: "9.90", currency: "USD", on_hand: onHand), priceMinor: 990, seller: "seller",
                in: tx)
        }
    }

    /// Types of the answers.
    func reserve(_ order: String, _ lines: [(Int64, Int)]) async throws -> [String] {
        let command = ReserveStock(order_id: order, lines: lines.map { StockLine(product_id: $0.0, quantity: $0.1) })
        return try await answers { tx in try participant.reserve(command, answering: CatalogStoreRig.command(of: order), in: tx) }(order)
    }

    func release(_ order: String) async throws -> [String] {
        try await answers { tx in
            try participant.release(
                ReleaseStock(order_id: order, reason: "cancelled"), answering: CatalogStoreRig.command(of: order), in: tx)
        }(order)
    }

    func commit(_ order: String) async throws -> [String] {
        try await answers { tx in
            try participant.commit(CommitStock(order_id: order), answering: CatalogStoreRig.command(of: order), in: tx)
        }(order)
    }

    private func answers(_ body: @escaping @Sendable (StoreTransaction) throws -> Void) -> (String) async throws -> [String] {
        { order in
            try await rig.published(on: .sagaReplies) {
                try await rig.store.write(cause: Cause.of(CatalogStoreRig.command(of: order)), body)
            }
        }
    }

    func adjust(_ product: Int64, by delta: Int) async throws {
        try await rig.write { tx in
            let stock = try #require(try InventoryTable.adjust(product, by: delta, in: tx.db))
            try AdjustmentTable.insert(AdjustInventory(delta: delta, reason: "received"), of: stock, by: nil, in: tx)
            try Backorders.fill(in: tx)
        }
    }

    /// On hand and reserved.
    func stock(_ product: Int64) throws -> [Int] {
        let stock = try #require(try rig.store.read { db in try InventoryTable.find(product, in: db) })
        return [stock.on_hand, stock.reserved]
    }

    /// Status and reason.
    func reservation(_ order: String) throws -> [String] {
        try rig.rows("SELECT status, coalesce(reason, '') FROM products_reservation WHERE order_id = '\(order)'").first ?? []
    }

    /// Lets commands pass that cannot have been meant.
    func tolerating(_ body: () async throws -> Void) async throws {
        do { try await body() } catch is PermanentFailure {}
    }

    /// Every piece is on hand or left with a committed order, and exactly the open reservations hold what is reserved.
    func checkConservation(initial: Int, _ comment: Comment) throws {
        let numbers = try #require(
            try rig.rows(
                """
                SELECT (SELECT sum(on_hand) FROM products_inventory)
                     + (SELECT coalesce(sum(l.quantity), 0) FROM products_reservation_line l JOIN products_reservation r USING (order_id)
                        WHERE r.status = 'committed'),
                  (SELECT sum(reserved) FROM products_inventory),
                  (SELECT coalesce(sum(l.quantity), 0) FROM products_reservation_line l JOIN products_reservation r USING (order_id)
                   WHERE r.status = 'reserved'),
                  (SELECT count(*) FROM products_inventory WHERE reserved < 0 OR reserved > on_hand)
                """
            ).first)
        #expect(numbers[0] == "\(initial)", comment)
        #expect(numbers[1] == numbers[2], comment)
        #expect(numbers[3] == "0", comment)
    }
}
