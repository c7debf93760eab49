import CatalogAPI
import Contracts
import ServiceKit
import Storage

extension CatalogService {
    func listReviews(_ request: Request<NoBody>) throws -> Page<ReviewView> {
        let id = try request.pathID("id")
        let (cursor, limit) = (try request.cursorID(), try request.limit())
        return try store.read { db in
            _ = try ProductTable.get(id, in: db)
            return try ReviewTable.page(of: id, before: cursor, limit: limit, in: db)
        }
    }

    func addReview(_ request: Request<AddReview>) async throws -> ReviewView {
        let id = try request.pathID("id")
        let user = try request.actingUser(named: request.body.user_id)
        return try await request.commit(store) { tx in
            try ReviewTable.insert(request.body, of: try ProductTable.get(id, in: tx.db), by: user, in: tx)
        }
    }

    func updateReview(_ request: Request<UpdateReview>) async throws -> ReviewView {
        let (product, id) = (try request.pathID("id"), try request.pathID("review_id"))
        return try await request.commit(store) { tx in
            let review = try ReviewTable.get(id, of: product, in: tx.db)
            try request.principal.requireOwner(review.user_id)
            return try ReviewTable.update(review, with: request.body, in: tx)
        }
    }

    func deleteReview(_ request: Request<NoBody>) async throws -> NoBody {
        let (product, id) = (try request.pathID("id"), try request.pathID("review_id"))
        return try await request.commit(store) { tx in
            let review = try ReviewTable.get(id, of: product, in: tx.db)
            try request.principal.requireOwner(review.user_id)
            try ReviewTable.delete(review, in: tx)
            return NoBody()
        }
    }
}
