import AnalyticsService
import CatalogService
import Contracts
import GatewayAPI
import GatewayService
import NotificationsService
import OrdersService
import PaymentsService
import ServiceKit
import UsersService

/// Every service there is: one line each. A topology chooses among them.
///
/// To add a service: its folder, its line in Package.swift, its line here, its test file.
public struct Roster: Sendable {
    /// The platform's own services.
    public static let standard = Roster([
        UsersService.self,
        CatalogService.self,
        PaymentsService.self,
        OrdersService.self,
        NotificationsService.self,
        AnalyticsService.self,
        GatewayService.self,
    ])

    /// The gateway has a section of its own in a topology.
    public static let gatewayName = GatewayAPI.name

    public struct Entry: Sendable {
        package let type: any Microservice.Type
        public let name: String
        /// Services whose API it may call, or whose messages it may read.
        public let consumes: [String]
        /// Services it asks while it answers: where a topology leaves one out, the service's setting of that name must say `none`.
        public let requires: [String]

        init<S: Microservice>(_ type: S.Type) {
            self.type = type
            name = S.declaration.name
            consumes = S.declaration.consumes.map { $0.name }
            requires = Roster.required[S.declaration.name] ?? []
        }
    }

    private static let required = ["orders": ["users", "catalog", "payments"]]

    public let entries: [Entry]

    /// A roster of services of one's own.
    public init(_ types: [any Microservice.Type]) {
        var entries = [Entry]()
        for type in types { entries.append(Entry(type)) }
        self.entries = entries
    }

    /// This roster and more services; one of the same name takes the place of the former.
    public func adding(_ types: any Microservice.Type...) -> Roster {
        let added = Roster(types)
        return Roster(entries.filter { entry in !added.entries.contains { $0.name == entry.name } }.map(\.type) + types)
    }

    public func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

    /// What a topology may list under `services`.
    public var businessNames: [String] { entries.map(\.name).filter { $0 != Self.gatewayName }.sorted() }
}
