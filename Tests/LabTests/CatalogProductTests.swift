import CatalogAPI
import Commerce
import Contracts
import Foundation
import GRDB
import Messaging
import Runtime
import Storage
import Testing

@testable import CatalogService

@Suite struct CatalogProductTests {
    static func run(_ body: @escaping @Sendable (CatalogStoreRig) async throws -> Void) throws {
        try CatalogStoreRig.run(CatalogService.declaration, body)
    }

    @discardableResult
    static func add(
        _ rig: CatalogStoreRig, _ name: String, description: String = "", price: Int64 = 1000, currency: String = "USD",
        category: Int64? = nil, seller: String = "ana", onHand: Int = 1
    ) async throws -> Int64 {
        let sku = "SKU-" + rig.world.makeID()
        return try await rig.write { tx in
            try ProductTable.insert(
                CreateProduct(
                    sku: sku, name: name, description: description, price: "0", currency: currency, category_id: category, on_hand: onHand),
                priceMinor: price, seller: seller, in: tx)
        }
    }

    static func names(
        _ rig: CatalogStoreRig, _ filter: ProductFilter, sort: ProductSort = .newest, limit: Int = 50, pages: Int = 20
    ) throws -> [String] {
        var names = [String]()
        var cursor: String?
        for _ in 0..<pages {
            let page = try rig.store.read(ProductSearch(filter: filter, sort: sort, limit: limit, cursor: cursor).run)
            names += page.items.map(\.name)
            cursor = page.next_cursor
            if cursor == nil { return names }
        }
        Issue.record("more than \(pages) pages")
        return names
    }

    @Test func `search finds words, beginnings of words and accents, the name before the description`() throws {
        try Self.run { rig in
            try await Self.add(rig, "Tea pot", description: "goes with every mug")
            try await Self.add(rig, "Red mug")
            try await Self.add(rig, "Café table")
            #expect(try Self.names(rig, ProductFilter(words: "mug"), sort: .relevance) == ["Red mug", "Tea pot"])
            #expect(try Self.names(rig, ProductFilter(words: "caf"), sort: .relevance) == ["Café table"])
            #expect(try Self.names(rig, ProductFilter(words: "red mu"), sort: .relevance) == ["Red mug"])
            #expect(try Self.names(rig, ProductFilter(words: "lamp"), sort: .relevance) == [])
            // Not FTS5 syntax, whatever somebody types.
            #expect(try Self.names(rig, ProductFilter(words: "mug\" OR NEAR(* -name:"), sort: .relevance) == [])
            #expect(try Self.names(rig, ProductFilter(words: "\"*()"), sort: .newest).count == 3)
        }
    }

    @Test func `search follows renaming and deletion`() throws {
        try Self.run { rig in
            let id = try await Self.add(rig, "Red mug")
            try await rig.write { tx in
                var product = try ProductTable.get(id, in: tx.db)
                product.name = "Blue bowl"
                try ProductTable.update(product, in: tx)
            }
            #expect(try Self.names(rig, ProductFilter(words: "mug"), sort: .relevance) == [])
            #expect(try Self.names(rig, ProductFilter(words: "bowl"), sort: .relevance) == ["Blue bowl"])
            try await rig.write { tx in
                var product = try ProductTable.get(id, in: tx.db)
                product.deletedAt = tx.now
                try ProductTable.update(product, in: tx)
            }
            #expect(try Self.names(rig, ProductFilter(words: "bowl"), sort: .relevance) == [])
        }
    }

    @Test func `filters narrow by category subtree, price, seller and stock`() throws {
        try Self.run { rig in
            let (home, kitchen, garden) = try await rig.write { tx in
                let home = try CategoryTable.insert(CreateCategory(name: "Home"), in: tx.db).id
                return (
                    home, try CategoryTable.insert(CreateCategory(name: "Kitchen", parent_id: home), in: tx.db).id,
                    try CategoryTable.insert(CreateCategory(name: "Garden"), in: tx.db).id
                )
            }
            try await Self.add(rig, "mug", price: 500, category: kitchen)
            try await Self.add(rig, "lamp", price: 2500, category: home, seller: "bo")
            try await Self.add(rig, "rake", price: 1500, category: garden, onHand: 0)
            try await Self.add(rig, "hose", price: 1500, currency: "EUR", category: garden)
            #expect(try Self.names(rig, ProductFilter(categoryID: home)) == ["lamp", "mug"])
            #expect(try Self.names(rig, ProductFilter(categoryID: kitchen)) == ["mug"])
            #expect(try Self.names(rig, ProductFilter(sellerID: "bo")) == ["lamp"])
            #expect(try Self.names(rig, ProductFilter(currency: .usd, minPriceMinor: 1000, maxPriceMinor: 2000)) == ["rake"])
            #expect(try Self.names(rig, ProductFilter(categoryID: garden, inStockOnly: true)) == ["hose"])
            #expect(throws: Problem.self) { try Self.names(rig, ProductFilter(categoryID: 99)) }

            // Kitchen moves from Home to Garden, and its products with it.
            _ = try await rig.write { tx in try CategoryTable.update(kitchen, with: UpdateCategory(parent_id: garden), in: tx.db) }
            #expect(try Self.names(rig, ProductFilter(categoryID: home)) == ["lamp"])
            #expect(try Self.names(rig, ProductFilter(categoryID: garden), sort: .name) == ["hose", "mug", "rake"])
            await #expect(throws: Problem.self) {
                _ = try await rig.write { tx in try CategoryTable.update(garden, with: UpdateCategory(parent_id: kitchen), in: tx.db) }
            }
        }
    }

    @Test func `facets count the whole result`() throws {
        try Self.run { rig in
            for index in 0..<30 {
                try await Self.add(rig, "mug \(index)", price: Int64(100 + index), seller: index % 3 == 0 ? "ana" : "bo")
            }
            try await Self.add(rig, "pot", seller: "cy")
            let page = try rig.store.read(
                ProductSearch(filter: ProductFilter(words: "mug"), sort: .relevance, limit: 5, wantsFacets: true).run)
            let facets = try #require(page.facets)
            #expect(page.items.count == 5)
            #expect(facets.total == 30)
            #expect(facets.sellers == [SellerFacet(seller_id: "bo", count: 20), SellerFacet(seller_id: "ana", count: 10)])
            #expect(facets.prices == [PriceFacet(currency: "USD", min: "1.00", max: "1.29", count: 30)])
        }
    }

    @Test(arguments: ProductSort.allCases)
    func `pages of every sort show each product once`(sort: ProductSort) throws {
        try Self.run { rig in
            for index in 0..<23 {
                // Equal prices, names and relevance on purpose: ties must not hide a product at the edge of a page.
                try await Self.add(rig, "mug \(index % 4)", price: Int64(100 + index % 3))
            }
            let filter = ProductFilter(words: sort == .relevance ? "mug" : nil, currency: .usd)
            let all = try Self.names(rig, filter, sort: sort)
            #expect(all.count == 23)
            #expect(try Self.names(rig, filter, sort: sort, limit: 4) == all)
        }
    }

    @Test func `a cursor of another list is refused`() throws {
        try Self.run { rig in
            for index in 0..<3 { try await Self.add(rig, "mug \(index)") }
            let page = try rig.store.read(ProductSearch(filter: ProductFilter(), sort: .name, limit: 1).run)
            for cursor in [try #require(page.next_cursor), "rubbish", "%%"] {
                #expect(throws: Problem.self) {
                    try rig.store.read(ProductSearch(filter: ProductFilter(), sort: .newest, limit: 1, cursor: cursor).run)
                }
            }
        }
    }

    @Test func `each change of a product is its next revision, published whole`() throws {
        try Self.run { rig in
            let types = try await rig.published(on: CatalogAPI.events) {
                let id = try await Self.add(rig, "mug")
                try await rig.write { tx in
                    try ImageTable.add(AddImage(url: "/a.png", alt: "front"), to: id, in: tx.db)
                    try ImageTable.add(AddImage(url: "/b.png", position: 0), to: id, in: tx.db)
                    try ProductTable.update(try ProductTable.get(id, in: tx.db), in: tx)
                }
                try await rig.write { tx in
                    var product = try ProductTable.get(id, in: tx.db)
                    product.deletedAt = tx.now
                    try ProductTable.update(product, in: tx)
                }
                #expect(throws: Problem.self) { try rig.store.read { db in try ProductTable.get(id, in: db) } }
            }
            #expect(types == ["Product.Created.v1", "Product.Updated.v1", "Product.Deleted.v1"])
            let states = try rig.store.read { db in try Data.fetchAll(db, sql: "SELECT payload FROM outbox ORDER BY id") }
                .map { try PayloadCoding.decode(ProductState.self, from: $0) }
            #expect(states.map(\.revision) == [1, 2, 3])
            #expect(states.map(\.is_deleted) == [false, false, true])
            #expect(states[1].images.map(\.url) == ["/b.png", "/a.png"])
        }
    }

    @Test func `a seller's SKU is taken once, and free again after deletion`() throws {
        try Self.run { rig in
            @Sendable func add(_ seller: String) async throws -> Int64 {
                try await rig.write { tx in
                    try ProductTable.insert(
                        CreateProduct(sku: "A", name: "mug", price: "1", currency: "USD"), priceMinor: 100, seller: seller, in: tx)
                }
            }
            let first = try await add("ana")
            _ = try await add("bo")
            await #expect(throws: Problem.self) { _ = try await add("ana") }
            try await rig.write { tx in
                var product = try ProductTable.get(first, in: tx.db)
                product.deletedAt = tx.now
                try ProductTable.update(product, in: tx)
            }
            #expect(try await add("ana") > first)
        }
    }

    @Test func `quotes keep the order of the request, say what cannot be bought and leave out what never existed`() throws {
        try Self.run { rig in
            let mug = try await Self.add(rig, "mug", price: 990)
            let pot = try await Self.add(rig, "pot", price: 1990)
            try await rig.write { tx in
                var product = try ProductTable.get(pot, in: tx.db)
                product.deletedAt = tx.now
                try ProductTable.update(product, in: tx)
            }
            let quotes = try rig.store.read { db in try ProductTable.quotes([pot, 99, mug], in: db) }
            #expect(quotes.map(\.id) == [pot, mug])
            #expect(quotes.map(\.price_minor) == [1990, 990])
            #expect(quotes.map(\.is_active) == [false, true])
        }
    }

    @Test func `a user reviews a product once, and the rating follows every change`() throws {
        try Self.run { rig in
            let id = try await Self.add(rig, "mug", seller: "ana")
            @Sendable func review(_ user: String, _ rating: Int) async throws -> ReviewView {
                try await rig.write { tx in
                    try ReviewTable.insert(AddReview(rating: rating), of: try ProductTable.get(id, in: tx.db), by: user, in: tx)
                }
            }
            @Sendable func rating() throws -> RatingView { try rig.store.read { db in try ProductTable.view(id, in: db) }.rating }
            let first = try await review("bo", 5)
            _ = try await review("cy", 2)
            #expect(try rating() == RatingView(average: 3.5, count: 2))
            await #expect(throws: Problem.self) { _ = try await review("bo", 1) }
            await #expect(throws: Problem.self) { _ = try await review("ana", 5) }
            #expect(try rating() == RatingView(average: 3.5, count: 2))
            _ = try await rig.write { tx in try ReviewTable.update(first, with: UpdateReview(rating: 4), in: tx) }
            #expect(try rating() == RatingView(average: 3, count: 2))
            let changed = try rig.store.read { db in try ReviewTable.get(first.id, of: id, in: db) }
            try await rig.write { tx in try ReviewTable.delete(changed, in: tx) }
            #expect(try rating() == RatingView(average: 2, count: 1))
        }
    }

    @Test func `marking a favourite twice is marking it once`() throws {
        try Self.run { rig in
            let mug = try await Self.add(rig, "mug")
            let pot = try await Self.add(rig, "pot")
            try await rig.write { tx in
                for product in [mug, pot, mug] { try FavoriteTable.add(product, user: "bo", in: tx) }
            }
            let first = try rig.store.read { db in try FavoriteTable.page(user: "bo", before: nil, limit: 1, in: db) }
            #expect(first.items.map(\.name) == ["pot"])
            let second = try rig.store.read { db in
                try FavoriteTable.page(user: "bo", before: first.next_cursor.flatMap { Int64($0) }, limit: 1, in: db)
            }
            #expect(second.items.map(\.name) == ["mug"])
            #expect(second.next_cursor == nil)
        }
    }

    @Test func `bodies are refused field by field`() {
        let bad = CreateProduct(sku: " ", name: "", price: "1.999", currency: "USD", on_hand: -1)
        #expect(Validation.errors(of: bad).map(\.field).sorted() == ["name", "on_hand", "price", "sku"])
        #expect(Validation.errors(of: AddReview(rating: 6)).map(\.field) == ["rating"])
        #expect(Validation.errors(of: UpdateProduct(currency: "EUR")).map(\.field) == ["price"])
        #expect(Validation.errors(of: AdjustInventory(delta: 0, reason: "")).map(\.field) == ["delta", "reason"])
        #expect(Validation.errors(of: CreateProduct(sku: "a", name: "mug", price: "5", currency: "JPY")).isEmpty)
    }
}
