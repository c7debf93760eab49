import CatalogAPI
import CatalogService
import Contracts
import Foundation
import Messaging
import Runtime
import ServiceKit
import Testing

@Suite struct CatalogHTTPTests {
    static let mug = #"{"sku":"M1","name":"Red mug","price":"9.90","currency":"USD","on_hand":5}"#

    @Test func `a seller adds, changes and takes away a product; others may not`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            #expect(await rig.status(.post, "/products", Self.mug) == 401)
            #expect(await rig.status(.post, "/products", Self.mug, as: CatalogHostRig.buyer) == 403)
            let reply = await rig.call(.post, "/products", Self.mug, as: CatalogHostRig.seller)
            #expect(reply.status == 201)
            let product = try JSONCoding.decode(ProductView.self, from: reply.body)
            #expect(product.id == 1)
            #expect(product.seller_id == "ana")
            #expect(product.price == "9.90")
            #expect(product.available == 5)
            #expect(await rig.code(.patch, "/products/1", #"{"price":"8"}"#, as: CatalogHostRig.rival) == "not_owner")
            #expect(await rig.code(.patch, "/products/1", #"{"price":"8.001"}"#, as: CatalogHostRig.seller) == "validation_failed")
            for body in [#"{"price":"10000000000.01"}"#, #"{"price":"10000000000.01","currency":"EUR"}"#] {
                let reply = await rig.call(.patch, "/products/1", body, as: CatalogHostRig.seller)
                #expect(reply.problem?.errors?.map(\.field) == ["price"], "\(body)")
            }
            #expect(await rig.code(.patch, "/products/1", #"{"price":"8","revision":7}"#, as: CatalogHostRig.seller) == "revision_conflict")
            let changed = try await rig.value(
                ProductView.self, .patch, "/products/1", #"{"price":"8","revision":1}"#, as: CatalogHostRig.seller)
            #expect(changed.price == "8.00")
            #expect(changed.revision == 2)
            #expect(await rig.status(.post, "/products/1/images", #"{"url":"/a.png"}"#, as: CatalogHostRig.staff) == 201)
            #expect(await rig.status(.delete, "/products/1/images/1", as: CatalogHostRig.staff) == 204)
            #expect(await rig.status(.delete, "/products/1", as: CatalogHostRig.seller) == 204)
            #expect(await rig.code(.get, "/api/v1/products/1/") == "product_not_found")
        }
    }

    @Test func `a repeated creation with its idempotency key is one product`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            for _ in 0..<2 {
                let reply = await rig.call(.post, "/products", Self.mug, as: CatalogHostRig.seller, headers: ["Idempotency-Key": "k"])
                #expect(reply.status == 201)
            }
            #expect(try await rig.value(ProductList.self, .get, "/products").items.count == 1)
            #expect(await rig.code(.post, "/products", Self.mug, as: CatalogHostRig.seller) == "sku_taken")
        }
    }

    @Test func `the list is searched, narrowed and counted by its query`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            #expect(await rig.status(.post, "/categories", #"{"name":"Home"}"#, as: CatalogHostRig.staff) == 201)
            #expect(await rig.status(.post, "/categories", #"{"name":"Kitchen","parent_id":1}"#, as: CatalogHostRig.staff) == 201)
            #expect(
                await rig.code(.post, "/categories", #"{"name":"kitchen","parent_id":1}"#, as: CatalogHostRig.staff) == "category_exists")
            for index in 1...6 {
                let body = """
                    {"sku":"M\(index)","name":"Mug \(index)","price":"\(index).50","currency":"USD","category_id":\(1 + index % 2)}
                    """
                #expect(await rig.status(.post, "/products", body, as: CatalogHostRig.seller) == 201)
            }
            let tree = try await rig.value(CategoryTree.self, .get, "/categories")
            #expect(tree.items.map(\.name) == ["Home"])
            #expect(tree.items.first?.children.map(\.name) == ["Kitchen"])
            let found = try await rig.value(
                ProductList.self, .get, "/products?q=mug&currency=USD&min_price=2&max_price=5.50&sort=price_desc&limit=3&facets=true")
            #expect(found.items.map(\.price) == ["5.50", "4.50", "3.50"])
            #expect(found.facets?.total == 4)
            let cursor = try #require(found.next_cursor)
            let rest = try await rig.value(
                ProductList.self, .get, "/products?q=mug&currency=USD&min_price=2&max_price=5.50&sort=price_desc&limit=3&cursor=\(cursor)")
            #expect(rest.items.map(\.price) == ["2.50"])
            #expect(rest.next_cursor == nil)
            #expect(try await rig.value(ProductList.self, .get, "/products?category_id=2").items.count == 3)
            #expect(await rig.code(.get, "/products?sort=price_asc") == "invalid_parameter")
            #expect(await rig.code(.get, "/products?min_price=1") == "invalid_parameter")
            #expect(await rig.code(.get, "/products?cursor=x") == "cursor_invalid")
            #expect(await rig.code(.delete, "/categories/1", as: CatalogHostRig.staff) == "category_not_empty")
        }
    }

    @Test func `stock is adjusted with a reason, and what orders hold cannot be taken`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            _ = await rig.call(.post, "/products", Self.mug, as: CatalogHostRig.seller)
            try await rig.send(
                CatalogAPI.reserve, ReserveStock(order_id: "1", lines: [StockLine(product_id: 1, quantity: 4)]), saga: "1")
            let held = try await rig.value(ReservationView.self, .get, "/reservations/1", as: CatalogHostRig.staff)
            #expect(held.status == .reserved)
            #expect(held.lines == [StockLine(product_id: 1, quantity: 4)])
            let adjust = "/products/1/inventory/adjustments"
            #expect(await rig.code(.post, adjust, #"{"delta":-2,"reason":"broken"}"#, as: CatalogHostRig.seller) == "stock_out_of_bounds")
            let stock = try await rig.value(
                InventoryView.self, .post, adjust, #"{"delta":-1,"reason":"broken"}"#, as: CatalogHostRig.seller)
            #expect(stock == InventoryView(product_id: 1, on_hand: 4, reserved: 4))
            let list = try await rig.value(Page<AdjustmentView>.self, .get, adjust, as: CatalogHostRig.seller)
            #expect(list.items.map(\.reason) == ["broken"])
            try await rig.send(CatalogAPI.commit, CommitStock(order_id: "1"), saga: "1")
            #expect(try await rig.value(InventoryView.self, .get, "/products/1/inventory").on_hand == 0)
        }
    }

    @Test func `reviews and favourites belong to the caller`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            _ = await rig.call(.post, "/products", Self.mug, as: CatalogHostRig.seller)
            #expect(await rig.status(.post, "/products/1/reviews", #"{"rating":4}"#, as: CatalogHostRig.buyer) == 201)
            #expect(await rig.code(.post, "/products/1/reviews", #"{"rating":5}"#, as: CatalogHostRig.buyer) == "already_reviewed")
            #expect(await rig.code(.post, "/products/1/reviews", #"{"rating":5}"#, as: CatalogHostRig.seller) == "own_product")
            #expect(await rig.code(.post, "/products/1/reviews", #"{"rating":6}"#, as: CatalogHostRig.rival) == "validation_failed")
            #expect(await rig.code(.patch, "/products/1/reviews/1", #"{"rating":1}"#, as: CatalogHostRig.rival) == "not_owner")
            #expect(try await rig.value(ProductView.self, .get, "/products/1").rating == RatingView(average: 4, count: 1))
            for _ in 0..<2 { #expect(await rig.status(.put, "/products/1/favorite", as: CatalogHostRig.buyer) == 204) }
            #expect(try await rig.value(Page<ProductView>.self, .get, "/favorites", as: CatalogHostRig.buyer).items.map(\.id) == [1])
            #expect(try await rig.value(Page<ProductView>.self, .get, "/favorites", as: CatalogHostRig.rival).items.isEmpty)
            #expect(await rig.status(.delete, "/products/1/favorite", as: CatalogHostRig.buyer) == 204)
            #expect(try await rig.value(Page<ProductView>.self, .get, "/favorites", as: CatalogHostRig.buyer).items.isEmpty)
        }
    }

    @Test func `without authentication the request names who acts`() throws {
        try CatalogHostRig.run(CatalogService.self, authenticates: false) { rig async throws in
            #expect(try await rig.value(ProductView.self, .post, "/products", Self.mug).seller_id == "lab")
            #expect(await rig.status(.post, "/products/1/reviews", #"{"rating":4,"user_id":"u1"}"#) == 201)
            #expect(await rig.code(.post, "/products/1/reviews", #"{"rating":4,"user_id":"u1"}"#) == "already_reviewed")
            #expect(await rig.status(.put, "/products/1/favorite?user_id=u1") == 204)
            #expect(await rig.status(.put, "/products/1/favorite") == 401)
        }
    }

    @Test func `a deleted product is restocked for those who have bought it, by its seller or staff`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            let mug = Self.mug.replacing(#""on_hand":5"#, with: #""on_hand":1"#)
            #expect(await rig.status(.post, "/products", mug, as: CatalogHostRig.seller) == 201)
            let line = [StockLine(product_id: 1, quantity: 1)]
            let lapses = rig.world.now + .seconds(10)
            try await rig.send(CatalogAPI.reserve, ReserveStock(order_id: "late", lines: line, expires_at: lapses), saga: "late")
            try await rig.world.sleep(for: .seconds(60))
            try await rig.send(CatalogAPI.reserve, ReserveStock(order_id: "quick", lines: line), saga: "quick")
            try await rig.send(CatalogAPI.commit, CommitStock(order_id: "quick"), saga: "quick")
            try await rig.send(CatalogAPI.commit, CommitStock(order_id: "late"), saga: "late")
            func status() async throws -> ReservationStatus {
                try await rig.value(ReservationView.self, .get, "/reservations/late", as: CatalogHostRig.staff).status
            }
            #expect(try await status() == .backordered)
            #expect(await rig.status(.delete, "/products/1", as: CatalogHostRig.seller) == 204)
            let more = #"{"delta":1,"reason":"received"}"#
            #expect(await rig.code(.post, "/products/1/inventory/adjustments", more, as: CatalogHostRig.rival) == "not_owner")
            #expect(await rig.status(.post, "/products/1/inventory/adjustments", more, as: CatalogHostRig.staff) == 200)
            #expect(try await status() == .committed)
            #expect(await rig.status(.get, "/products/1/inventory/adjustments", as: CatalogHostRig.seller) == 200)
            #expect(await rig.code(.post, "/products/2/inventory/adjustments", more, as: CatalogHostRig.staff) == "product_not_found")
        }
    }

    @Test func `quotes answer peers`() throws {
        try CatalogHostRig.run(CatalogService.self) { rig async throws in
            _ = await rig.call(.post, "/products", Self.mug, as: CatalogHostRig.seller)
            let quotes = try await rig.value(ProductQuotes.self, .post, "/internal/products/quote", #"{"product_ids":[1,2]}"#)
            #expect(
                quotes.products == [
                    ProductQuote(id: 1, sku: "M1", name: "Red mug", price_minor: 990, currency: "USD", is_active: true, seller_id: "ana")
                ])
        }
    }
}
