import Contracts
import Storage

/// What a service is, before there is an instance: its API, the APIs it may call or listen to, and its tables.
public struct ServiceDeclaration: Sendable {
    public let api: any ServiceAPI.Type
    public let consumes: [any ServiceAPI.Type]
    public let migrations: Migrations
    /// A gateway passes requests on to services that it does not know by type.
    public let forwardsToAll: Bool

    public init(
        api: any ServiceAPI.Type, consumes: [any ServiceAPI.Type] = [], migrations: Migrations, forwardsToAll: Bool = false
    ) {
        self.api = api
        self.consumes = consumes
        self.migrations = migrations
        self.forwardsToAll = forwardsToAll
    }

    public var name: String { api.name }

    /// Whether the service may call `peer`: the lab's security group.
    public func mayCall(_ peer: String) -> Bool { forwardsToAll || consumes.contains { $0.name == peer } }
}
