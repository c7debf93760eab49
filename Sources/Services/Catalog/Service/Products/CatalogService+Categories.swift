import CatalogAPI
import Contracts
import ServiceKit
import Storage

extension CatalogService {
    func listCategories(_ request: Request<NoBody>) throws -> CategoryTree { try store.read(CategoryTable.tree) }

    func createCategory(_ request: Request<CreateCategory>) async throws -> CategoryNode {
        try await request.commit(store) { tx in try CategoryTable.insert(request.body, in: tx.db) }
    }

    func updateCategory(_ request: Request<UpdateCategory>) async throws -> CategoryNode {
        let id = try request.pathID("id")
        return try await request.commit(store) { tx in try CategoryTable.update(id, with: request.body, in: tx.db) }
    }

    func deleteCategory(_ request: Request<NoBody>) async throws -> NoBody {
        let id = try request.pathID("id")
        return try await request.commit(store) { tx in
            try CategoryTable.delete(id, in: tx.db)
            return NoBody()
        }
    }
}
