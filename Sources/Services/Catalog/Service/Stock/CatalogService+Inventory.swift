import CatalogAPI
import Contracts
import Runtime
import ServiceKit
import Storage

extension CatalogService {
    func inventory(_ request: Request<NoBody>) throws -> InventoryView {
        let id = try request.pathID("id")
        return try store.read { db in
            _ = try ProductTable.get(id, in: db)
            guard let stock = try InventoryTable.find(id, in: db) else { throw Problem.notFound("product", id) }
            return stock
        }
    }

    func adjustInventory(_ request: Request<AdjustInventory>) async throws -> InventoryView {
        let id = try request.pathID("id")
        let body = request.body
        let known = try seeded("stock.lost-update") ? store.read { try InventoryTable.find(id, in: $0)?.on_hand } : nil
        return try await request.commit(store) { tx in
            try request.principal.requireOwner(try ProductTable.seller(of: id, in: tx.db))
            let delta = try known.map { try $0 + body.delta - (InventoryTable.find(id, in: tx.db)?.on_hand ?? 0) } ?? body.delta
            guard let stock = try InventoryTable.adjust(id, by: delta, in: tx.db) else {
                throw Problem.conflict(
                    code: "stock_out_of_bounds",
                    detail: "Orders hold a part of this stock, and a product has at most \(CatalogLimits.quantityMax) pieces.")
            }
            try AdjustmentTable.insert(body, of: stock, by: request.principal?.userID, in: tx)
            if body.delta > 0 { try Backorders.fill(in: tx) }
            return try InventoryTable.find(id, in: tx.db) ?? stock
        }
    }

    func adjustments(_ request: Request<NoBody>) throws -> Page<AdjustmentView> {
        let id = try request.pathID("id")
        let (cursor, limit) = (try request.cursorID(), try request.limit())
        return try store.read { db in
            try request.principal.requireOwner(try ProductTable.seller(of: id, in: db))
            return try AdjustmentTable.page(of: id, before: cursor, limit: limit, in: db)
        }
    }

    func reservation(_ request: Request<NoBody>) throws -> ReservationView {
        let order = try request.path("order_id")
        guard let view = try store.read({ db in try ReservationTable.view(order, in: db) }) else {
            throw Problem.notFound("reservation", order)
        }
        return view
    }
}
