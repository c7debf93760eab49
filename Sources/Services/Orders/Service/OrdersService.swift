import CatalogAPI
import Contracts
import Messaging
import OrdersAPI
import PaymentsAPI
import Reliability
import Runtime
import Sagas
import ServiceKit
import Storage
import UsersAPI

/// Orders: takes them, checks them out by a saga, tracks and ships them. Event sourced.
///
/// Consumes the replies of catalog and payments to its commands; asks catalog for prices and users for buyers; publishes `order-events`.
///
/// Settings: `users`, `catalog` and `payments` (`required`, or `none` where the topology has no such service: the steps that need it are
/// left out), `reserve_timeout`, `authorize_timeout` (30 s), `currency` (of orders without a price, `USD`).
public actor OrdersService: Microservice {
    public static let declaration = ServiceDeclaration(
        api: OrdersAPI.self, consumes: [CatalogAPI.self, PaymentsAPI.self, UsersAPI.self], migrations: .bundled(.module))

    let context: ServiceContext
    let settings: OrdersSettings
    let waiters: OrderWaiters
    let book: OrderBook
    let saga: SagaExecutor<Checkout>
    let catalog: ServiceClient<CatalogAPI>
    let users: ServiceClient<UsersAPI>

    public nonisolated var unownedExecutor: UnownedSerialExecutor { context.world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        self.context = context
        settings = try OrdersSettings(context.settings)
        waiters = OrderWaiters(world: context.world)
        book = OrderBook(waiters: waiters, metrics: OrderMetrics(context.metrics))
        saga = SagaExecutor(CheckoutSaga.definition(book: book, timeouts: settings.timeouts), world: context.world)
        catalog = context.client(CatalogAPI.self)
        users = context.client(UsersAPI.self)
    }

    public nonisolated func routes(_ routes: inout Routes) {
        routes.reply(OrdersAPI.place) { try await self.place($0) }
        routes.on(OrdersAPI.list) { try await self.list($0) }
        routes.on(OrdersAPI.get) { try await self.get($0) }
        routes.on(OrdersAPI.cancel) { try await self.cancel($0) }
        routes.on(OrdersAPI.eventStream) { try await self.eventStream($0) }
        routes.on(OrdersAPI.timeline) { try await self.timeline($0) }
        routes.raw(OrdersAPI.invoice.declaration) { try await self.invoice($0) }
        routes.on(OrdersAPI.saga) { try await self.checkout($0) }
        routes.on(OrdersAPI.listShipments) { try await self.listShipments($0) }
        routes.on(OrdersAPI.createShipment) { try await self.createShipment($0) }
        routes.on(OrdersAPI.markShipped) { try await self.markShipped($0) }
        routes.on(OrdersAPI.markDelivered) { try await self.markDelivered($0) }
        routes.on(OrdersAPI.check) { try await self.check($0) }
        routes.on(OrdersAPI.checkProjections) { try await self.checkProjections($0) }
        routes.on(OrdersAPI.rebuildProjections) { try await self.rebuildProjections($0) }
    }

    public nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("orders-checkout", topics: saga.definition.replyTopics) { handlers in
            // Replies here, time-outs below: the saga's two ways in.
            var timers = TimerHandlers()
            saga.install(consumers: &handlers, timers: &timers)
        }
    }

    public nonisolated var sagas: [any SagaInspecting] { [saga] }

    public nonisolated func timers(_ timers: inout TimerHandlers) {
        var handlers = MessageHandlers()
        saga.install(consumers: &handlers, timers: &timers)
    }
}
