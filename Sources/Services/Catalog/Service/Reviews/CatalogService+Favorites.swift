import CatalogAPI
import Contracts
import ServiceKit
import Storage

extension CatalogService {
    func listFavorites(_ request: Request<NoBody>) throws -> Page<ProductView> {
        let user = try request.actingUser(named: request.query("user_id"))
        let (cursor, limit) = (try request.cursorID(), try request.limit())
        return try store.read { db in try FavoriteTable.page(user: user, before: cursor, limit: limit, in: db) }
    }

    func addFavorite(_ request: Request<NoBody>) async throws -> NoBody {
        let id = try request.pathID("id")
        let user = try request.actingUser(named: request.query("user_id"))
        return try await request.commit(store) { tx in
            _ = try ProductTable.get(id, in: tx.db)
            try FavoriteTable.add(id, user: user, in: tx)
            return NoBody()
        }
    }

    func removeFavorite(_ request: Request<NoBody>) async throws -> NoBody {
        let id = try request.pathID("id")
        let user = try request.actingUser(named: request.query("user_id"))
        return try await request.commit(store) { tx in
            try FavoriteTable.remove(id, user: user, in: tx)
            return NoBody()
        }
    }
}
