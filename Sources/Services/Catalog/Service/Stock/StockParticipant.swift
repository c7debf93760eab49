import CatalogAPI
import GRDB
import Messaging
import Reliability
import Runtime
import Storage

/// The catalog's side of checkouts: obeys the stock commands, each harmless when it comes twice or late, and answers with the
/// command's subject.
///
/// Runs some thousand times a second, so the usual path is a few cached statements: Reserve inserts the reservation (the insert
/// itself tells whether the order is known), updates one inventory row a line and inserts the line; Commit reads the lines, updates
/// the inventory and the reservation.
struct StockParticipant: Sendable {
    let expiry: ReservationExpiry

    /// What the participant consumes.
    func install(_ handlers: inout MessageHandlers) {
        handlers.on(CatalogAPI.reserve) { command, message, tx in try self.reserve(command, answering: message, in: tx) }
        handlers.on(CatalogAPI.release) { command, message, tx in try self.release(command, answering: message, in: tx) }
        handlers.on(CatalogAPI.commit) { command, message, tx in try self.commit(command, answering: message, in: tx) }
    }

    func reserve(_ command: ReserveStock, answering message: Message, in tx: StoreTransaction) throws {
        let order = command.order_id
        let expiresAt = command.expires_at ?? tx.now + expiry.timeToLive
        guard try ReservationTable.insertHeld(order, expiresAt: expiresAt, in: tx) else {
            return try repeatAnswer(to: order, answering: message, in: tx)
        }
        if let refusal = try hold(command, in: tx) {
            try ReservationTable.setRefused(order, reason: refusal.reason, product: refusal.product, in: tx)
            return try tx.publish(
                CatalogAPI.refused, StockRefused(order_id: order, reason: refusal.reason, product_id: refusal.product),
                subject: message.subject)
        }
        try expiry.watch(expiresAt, in: tx)
        try tx.publish(CatalogAPI.reserved, StockReserved(order_id: order), subject: message.subject)
    }

    /// Nil when the stock is held.
    private func hold(_ command: ReserveStock, in tx: StoreTransaction) throws -> (product: Int64?, reason: String)? {
        if let bad = command.lines.first(where: { !(1...CatalogLimits.quantityMax).contains($0.quantity) }) {
            return (bad.product_id, "quantity_invalid")
        }
        let lines = Self.merged(command.lines)
        guard (1...CatalogLimits.linesMax).contains(lines.count) else { return (nil, "quantity_invalid") }
        if let short = try InventoryTable.hold(lines, in: tx.db), !seeded("stock.reserved-although-short") { return short }
        try ReservationTable.insertLines(lines, of: command.order_id, in: tx.db)
        try tx.publish(CatalogAPI.stockReservedEvent, StockMovement(order_id: command.order_id, lines: lines), subject: command.order_id)
        return nil
    }

    private func repeatAnswer(to order: String, answering message: Message, in tx: StoreTransaction) throws {
        let existing = try ReservationTable.find(order, in: tx.db)
        switch ReservationTransition.reserve(existing?.status, refusal: existing?.reason) {
        case .answerReserved:
            try tx.publish(CatalogAPI.reserved, StockReserved(order_id: order), subject: message.subject)
        case .answerRefused(let reason):
            try tx.publish(
                CatalogAPI.refused, StockRefused(order_id: order, reason: reason, product_id: existing?.refusedProduct),
                subject: message.subject)
        case .hold:
            preconditionFailure("order \(order) had a reservation a statement ago, in this transaction")
        }
    }

    func release(_ command: ReleaseStock, answering message: Message, in tx: StoreTransaction) throws {
        let order = command.order_id
        switch ReservationTransition.release(try ReservationTable.find(order, in: tx.db)?.status) {
        case .leaveTombstone:
            try ReservationTable.insertTombstone(order, reason: command.reason, in: tx)
        case .free:
            try Self.giveBack(order, as: .released, reason: command.reason, in: tx)
        case .close:
            try ReservationTable.setStatus(order, .released, reason: command.reason, in: tx)
        case .answerReleased:
            break
        case .reject:
            throw PermanentFailure("order \(order) has its goods: committed stock comes back by an adjustment, not by a release")
        }
        try tx.publish(CatalogAPI.released, StockReleased(order_id: order), subject: message.subject)
    }

    func commit(_ command: CommitStock, answering message: Message, in tx: StoreTransaction) throws {
        let order = command.order_id
        let status = try ReservationTable.find(order, in: tx.db)?.status
        switch ReservationTransition.commit(status) {
        case .take:
            let lines = try ReservationTable.lines(of: order, in: tx.db)
            for line in lines where !seeded("stock.committed-goods-not-taken") { try InventoryTable.take(line, in: tx.db) }
            try Self.finish(order, lines, subject: message.subject, in: tx)
        case .takeAgain:
            let lines = try ReservationTable.lines(of: order, in: tx.db)
            if try InventoryTable.takeUnheld(lines, in: tx.db) {
                try Self.finish(order, lines, subject: message.subject, in: tx)
            } else {
                try ReservationTable.setBackordered(order, answering: message, in: tx)
            }
        case .answerCommitted:
            try tx.publish(CatalogAPI.committed, StockCommitted(order_id: order), subject: message.subject)
        case .reject:
            throw PermanentFailure("order \(order) holds no stock (\(status?.rawValue ?? "never reserved")), so none can be committed")
        }
    }

    /// The order's goods have left the stock: says so to the coordinator and to everybody.
    static func finish(_ order: String, _ lines: [StockLine], subject: String, in tx: StoreTransaction) throws {
        try ReservationTable.setStatus(order, .committed, in: tx)
        try tx.publish(CatalogAPI.committed, StockCommitted(order_id: order), subject: subject)
        try tx.publish(CatalogAPI.stockCommittedEvent, StockMovement(order_id: order, lines: lines), subject: order)
    }

    /// Ends a held reservation; its stock goes to backordered orders first.
    static func giveBack(_ order: String, as status: ReservationStatus, reason: String, in tx: StoreTransaction) throws {
        let lines = try ReservationTable.lines(of: order, in: tx.db)
        for line in lines { try InventoryTable.free(line, in: tx.db) }
        try ReservationTable.setStatus(order, status, reason: reason, in: tx)
        try tx.publish(CatalogAPI.stockReleasedEvent, StockMovement(order_id: order, lines: lines), subject: order)
        try Backorders.fill(in: tx)
    }

    /// One line a product, by product: what two lines ask of one product counts together.
    static func merged(_ lines: [StockLine]) -> [StockLine] {
        guard lines.count > 1 else { return lines }
        var quantities = [Int64: Int]()
        // Quantities are bounded, and so is the number of lines in a message: the sum cannot overflow.
        for line in lines { quantities[line.product_id, default: 0] += line.quantity }
        return quantities.keys.sorted().map { StockLine(product_id: $0, quantity: quantities[$0] ?? 0) }
    }
}
