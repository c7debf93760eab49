/// Which services run, under which names and ports, how the gateway routes, and how the broker keeps its log.
///
/// A topology is a YAML file in `Fixtures/topologies/`; docs/guides/topologies.md describes every key. The services know nothing of it:
/// a topology only names, routes and configures.
public struct Topology: Codable, Sendable, Hashable {
    public var name: String
    public var summary: String
    /// Off: every access rule but `internal` counts as public, for the small systems that have no accounts.
    public var authentication: Authentication = .on
    public var gateway: Gateway?
    public var services: [Service]
    public var broker = Broker()
    /// Nil for one that was not read from a file.
    var places: Places?

    enum CodingKeys: String, CodingKey { case name, summary, authentication, gateway, services, broker }

    public enum Authentication: String, Codable, Sendable, Hashable, CaseIterable { case on, off }

    public struct Gateway: Codable, Sendable, Hashable {
        public var name: String
        /// On loopback. 0 takes a free one.
        public var port: Int
        /// The longest prefix that matches wins.
        public var routes: [Route]
        public var settings: [String: String] = [:]
    }

    public struct Route: Codable, Sendable, Hashable {
        /// Begins with a slash; matches whole path segments.
        public var prefix: String
        /// Name of a service of this topology.
        public var service: String
        /// Removes the prefix before the request goes on.
        public var strip: Bool = false
    }

    public struct Service: Codable, Sendable, Hashable {
        /// What it is, by its name in the ``Roster``: `orders`.
        public var service: String
        /// What it is called here: `order-service`. The default is the roster's name.
        public var name: String
        public var port: Int
        public var settings: [String: String] = [:]
    }

    public struct Broker: Codable, Sendable, Hashable {
        public var persistence: Persistence = .durable
        /// What the log may take on disk, in mebibytes.
        public var budgetMebibytes: Int = 4096

        public enum Persistence: String, Codable, Sendable, Hashable, CaseIterable {
            /// A sync for each group commit, in the log and in the services' databases.
            case durable
            /// Survives the end of the process, not the loss of power.
            case relaxed
            /// No sync at all: for simulated runs and throw-away labs.
            case volatile
        }

        enum CodingKeys: String, CodingKey {
            case persistence
            case budgetMebibytes = "budget_mebibytes"
        }
    }

    public init(name: String, summary: String, authentication: Authentication = .on, gateway: Gateway?, services: [Service]) {
        self.name = name
        self.summary = summary
        self.authentication = authentication
        self.gateway = gateway
        self.services = services
    }

    /// The instance that runs `service` of the roster; nil when this topology has none.
    public func instance(running service: String) -> Service? { services.first { $0.service == service } }

    /// The service called `name` here, by its name in this topology or in the roster.
    public func service(named name: String) -> Service? { services.first { $0.name == name } ?? instance(running: name) }
}

extension Topology {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        summary = try container.decode(String.self, forKey: .summary)
        authentication = try container.decodeIfPresent(Authentication.self, forKey: .authentication) ?? .on
        gateway = try container.decodeIfPresent(Gateway.self, forKey: .gateway)
        services = try container.decode([Service].self, forKey: .services)
        broker = try container.decodeIfPresent(Broker.self, forKey: .broker) ?? Broker()
    }
}

extension Topology.Gateway {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? "gateway"
        port = try container.decode(Int.self, forKey: .port)
        routes = try container.decodeIfPresent([Topology.Route].self, forKey: .routes) ?? []
        settings = try container.decodeIfPresent([String: String].self, forKey: .settings) ?? [:]
    }
}

extension Topology.Route {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        prefix = try container.decode(String.self, forKey: .prefix)
        service = try container.decode(String.self, forKey: .service)
        strip = try container.decodeIfPresent(Bool.self, forKey: .strip) ?? false
    }
}

extension Topology.Service {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        service = try container.decode(String.self, forKey: .service)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? service
        port = try container.decode(Int.self, forKey: .port)
        settings = try container.decodeIfPresent([String: String].self, forKey: .settings) ?? [:]
    }
}

extension Topology.Broker {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        persistence = try container.decodeIfPresent(Persistence.self, forKey: .persistence) ?? .durable
        budgetMebibytes = try container.decodeIfPresent(Int.self, forKey: .budgetMebibytes) ?? 4096
    }
}
