import Lab

extension Topology {
    /// The whole platform, as `labctl up` starts it: `Fixtures/topologies/marketplace.yaml`.
    public static let marketplace = shipped("marketplace")
    /// Orders, notifications and analytics on one event topic: `Fixtures/topologies/order-events.yaml`.
    public static let orderEvents = shipped("order-events")

    /// The same services without accounts: everybody may do everything, nobody logs in. Passwords cost real time, deliberately; runs that
    /// are not about them go a hundred times faster without.
    public var withoutAccounts: Topology {
        var topology = self
        topology.authentication = .off
        for index in topology.services.indices where topology.services[index].service == "users" {
            topology.services[index].settings["staff_email"] = ""
        }
        return topology
    }

    /// The same services with passwords that are quick to check, for runs in which people log in.
    public var withQuickPasswords: Topology { setting("users", "password_cost", to: "10") }

    /// The same services with one setting of one of them changed.
    public func setting(_ service: String, _ setting: String, to value: String) -> Topology {
        var topology = self
        for index in topology.services.indices where topology.services[index].service == service {
            topology.services[index].settings[setting] = value
        }
        return topology
    }

    private static func shipped(_ name: String) -> Topology {
        do {
            return try TopologyLibrary.standard().topology(name)
        } catch {
            preconditionFailure("the topology \(name) belongs to the platform, but cannot be read: \(error)")
        }
    }
}
