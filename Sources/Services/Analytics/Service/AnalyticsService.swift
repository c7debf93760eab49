import AnalyticsAPI
import CatalogAPI
import Contracts
import Foundation
import Messaging
import NotificationsAPI
import OrdersAPI
import PaymentsAPI
import Reliability
import Runtime
import ServiceKit
import Storage
import UsersAPI

/// Figures over everybody's events. Each event is counted once (inbox); what counts for what is in ``AnalyticsProjection``.
///
/// Settings: `revenue_from`, `payments` or `orders`; without it payments, unless no payment has ever been heard of.
public actor AnalyticsService: Microservice {
    public static let declaration = ServiceDeclaration(
        api: AnalyticsAPI.self, consumes: [CatalogAPI.self, NotificationsAPI.self, OrdersAPI.self, PaymentsAPI.self, UsersAPI.self],
        migrations: .bundled(.module))
    /// The consumer group that counts.
    public static let group = "analytics"
    /// What it listens to; a rebuild reads the same.
    public static let topics: [Topic] = [
        CatalogAPI.events, NotificationsAPI.events, OrdersAPI.events, PaymentsAPI.events, UsersAPI.events,
    ]

    let world: World
    let store: ServiceStore
    let revenueFrom: RevenueSource?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        let source = context.settings.string("revenue_from", default: "")
        revenueFrom = RevenueSource(rawValue: source)
        guard source.isEmpty || revenueFrom != nil else {
            throw Problem.badRequest("revenue_from is \"\(source)\"; use payments or orders, or leave it out.", code: "setting_unknown")
        }
    }

    public nonisolated func routes(_ routes: inout Routes) {
        routes.on(AnalyticsAPI.analyticsSummary) { try await self.summary($0) }
        routes.on(AnalyticsAPI.timeseries) { try await self.timeseries($0) }
        routes.on(AnalyticsAPI.topProducts) { try await self.topProducts($0) }
        routes.on(AnalyticsAPI.funnel) { try await self.funnel($0) }
        routes.on(AnalyticsAPI.reset) { try await self.reset($0) }
    }

    public nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group(Self.group, topics: Self.topics, pace: .milliseconds(20)) { handlers in
            handlers.onAny { message, tx in try AnalyticsProjection.live.apply(message, in: tx.db) }
        }
    }
}
