import CatalogAPI
import Commerce
import Contracts
import ServiceKit
import Storage

extension CatalogService {
    func product(_ request: Request<NoBody>) throws -> ProductView {
        let id = try request.pathID("id")
        return try store.read { db in try ProductTable.view(id, in: db) }
    }

    func createProduct(_ request: Request<CreateProduct>) async throws -> ProductView {
        let body = request.body
        let seller = request.principal.map { $0.isStaff ? body.seller_id ?? $0.userID : $0.userID } ?? body.seller_id ?? defaultSeller
        let price = try Self.price(body.price, body.currency)
        return try await request.commit(store) { tx in
            try ProductTable.view(try ProductTable.insert(body, priceMinor: price, seller: seller, in: tx), in: tx.db)
        }
    }

    func updateProduct(_ request: Request<UpdateProduct>) async throws -> ProductView {
        let id = try request.pathID("id")
        let body = request.body
        return try await request.commit(store) { tx in
            var product = try ProductTable.get(id, in: tx.db)
            try request.principal.requireOwner(product.sellerID)
            if let expected = body.revision, expected != product.revision {
                throw Problem.conflict(
                    code: "revision_conflict",
                    detail: "The product is at revision \(product.revision), not \(expected): read it again and repeat the change.")
            }
            if let sku = body.sku { try ProductTable.requireFree(sku: sku, seller: product.sellerID, except: id, in: tx.db) }
            if let category = body.category_id { try CategoryTable.require(category, in: tx.db) }
            product.sku = body.sku ?? product.sku
            product.name = body.name ?? product.name
            product.description = body.description ?? product.description
            product.currency = body.currency ?? product.currency
            if let price = body.price { product.priceMinor = try Self.price(price, product.currency) }
            product.categoryID = body.category_id ?? product.categoryID
            product.isActive = body.is_active ?? product.isActive
            try ProductTable.update(product, in: tx)
            return try ProductTable.view(id, in: tx.db)
        }
    }

    func deleteProduct(_ request: Request<NoBody>) async throws -> NoBody {
        let id = try request.pathID("id")
        return try await request.commit(store) { tx in
            var product = try ProductTable.get(id, in: tx.db)
            try request.principal.requireOwner(product.sellerID)
            product.deletedAt = tx.now
            try ProductTable.update(product, in: tx)
            return NoBody()
        }
    }

    func addImage(_ request: Request<AddImage>) async throws -> ProductView {
        try await changeImages(request) { product, tx in try ImageTable.add(request.body, to: product, in: tx.db) }
    }

    func updateImage(_ request: Request<UpdateImage>) async throws -> ProductView {
        let image = try request.pathID("image_id")
        return try await changeImages(request) { product, tx in
            try ImageTable.update(image, of: product, with: request.body, in: tx.db)
        }
    }

    func deleteImage(_ request: Request<NoBody>) async throws -> NoBody {
        let image = try request.pathID("image_id")
        _ = try await changeImages(request) { product, tx in try ImageTable.delete(image, of: product, in: tx.db) }
        return NoBody()
    }

    func quote(_ request: Request<QuoteProducts>) throws -> ProductQuotes {
        ProductQuotes(products: try store.read { db in try ProductTable.quotes(request.body.product_ids, in: db) })
    }

    /// A change of a product's images is a change of the product: its next revision, published whole.
    private func changeImages<Body>(
        _ request: Request<Body>, _ change: @escaping @Sendable (Int64, StoreTransaction) throws -> Void
    ) async throws -> ProductView {
        let id = try request.pathID("id")
        return try await request.commit(store) { tx in
            let product = try ProductTable.get(id, in: tx.db)
            try request.principal.requireOwner(product.sellerID)
            try change(id, tx)
            try ProductTable.update(product, in: tx)
            return try ProductTable.view(id, in: tx.db)
        }
    }

    /// Minor units of a price in a body.
    /// - Throws: ``Problem`` 422 naming `price`.
    static func price(_ decimal: String, _ currency: String) throws -> Int64 {
        do {
            let price = try Money(bounded: decimal, currency)
            guard !price.isNegative else { throw Problem.unprocessable(field: "price", "must not be negative") }
            return price.minorUnits
        } catch let error as MoneyError {
            throw Problem.unprocessable(field: "price", error.description)
        }
    }
}
