import CatalogAPI
import Contracts
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage

/// Catalog: products with their categories, images, stock, reviews and favourites, and search over them.
///
/// Consumes `inventory-commands` (the stock side of checkouts) and answers on `saga-replies`; publishes `catalog-events`. Calls nobody.
///
/// Settings: `reservation_ttl` (how long an order may hold stock, 15 min), `default_seller` (of products that are added where a
/// topology has no authentication, `lab`).
public actor CatalogService: Microservice {
    public static let declaration = ServiceDeclaration(api: CatalogAPI.self, migrations: .bundled(.module))

    let world: World
    let store: ServiceStore
    let defaultSeller: String
    private let expiry: ReservationExpiry
    private let stock: StockParticipant

    public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        defaultSeller = context.settings.string("default_seller", default: "lab")
        expiry = ReservationExpiry(timeToLive: context.settings.duration("reservation_ttl", default: .seconds(15 * 60)))
        stock = StockParticipant(expiry: expiry)
    }

    public nonisolated func routes(_ routes: inout Routes) {
        routes.on(CatalogAPI.listCategories) { try await self.listCategories($0) }
        routes.on(CatalogAPI.createCategory) { try await self.createCategory($0) }
        routes.on(CatalogAPI.updateCategory) { try await self.updateCategory($0) }
        routes.on(CatalogAPI.deleteCategory) { try await self.deleteCategory($0) }

        routes.on(CatalogAPI.listProducts) { try await self.listProducts($0) }
        routes.on(CatalogAPI.createProduct) { try await self.createProduct($0) }
        routes.on(CatalogAPI.product) { try await self.product($0) }
        routes.on(CatalogAPI.updateProduct) { try await self.updateProduct($0) }
        routes.on(CatalogAPI.deleteProduct) { try await self.deleteProduct($0) }
        routes.on(CatalogAPI.addImage) { try await self.addImage($0) }
        routes.on(CatalogAPI.updateImage) { try await self.updateImage($0) }
        routes.on(CatalogAPI.deleteImage) { try await self.deleteImage($0) }
        routes.on(CatalogAPI.internalProducts) { try await self.quote($0) }

        routes.on(CatalogAPI.inventory) { try await self.inventory($0) }
        routes.on(CatalogAPI.adjustInventory) { try await self.adjustInventory($0) }
        routes.on(CatalogAPI.adjustments) { try await self.adjustments($0) }
        routes.on(CatalogAPI.reservation) { try await self.reservation($0) }

        routes.on(CatalogAPI.listReviews) { try await self.listReviews($0) }
        routes.on(CatalogAPI.addReview) { try await self.addReview($0) }
        routes.on(CatalogAPI.updateReview) { try await self.updateReview($0) }
        routes.on(CatalogAPI.deleteReview) { try await self.deleteReview($0) }

        routes.on(CatalogAPI.listFavorites) { try await self.listFavorites($0) }
        routes.on(CatalogAPI.addFavorite) { try await self.addFavorite($0) }
        routes.on(CatalogAPI.removeFavorite) { try await self.removeFavorite($0) }
    }

    public nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("catalog", topics: [CatalogAPI.commands]) { stock.install(&$0) }
    }

    public nonisolated func timers(_ timers: inout TimerHandlers) { expiry.install(&timers) }
}
