import Foundation
import ServiceKit

/// What one service of a lab is to be, before there is an instance of it.
package struct InstanceSpecification: Sendable {
    /// Its name in the topology.
    let name: String
    let type: any Microservice.Type
    let settings: [String: String]
    package let file: URL
    /// Where it listens; nil in simulated labs.
    let address: Address?

    struct Address: Sendable, Hashable {
        let host: String
        /// 0 takes a free one.
        let port: Int

        /// Host and port as they stand in a URL (RFC 3986, section 3.2.2): an IPv6 address has colons of its own.
        func authority(port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    var declaration: ServiceDeclaration { type.declaration }
    var service: String { declaration.name }
}

extension Topology {
    /// The instances of this topology, each after the ones it depends on, the gateway last.
    func specifications(of roster: Roster, in directory: DataDirectory, host: String?) -> [InstanceSpecification] {
        func specification(_ service: String, _ name: String, _ settings: [String: String], _ port: Int) -> InstanceSpecification? {
            roster.entry(named: service).map { entry in
                InstanceSpecification(
                    name: name, type: entry.type, settings: settings, file: directory.database(of: name),
                    address: host.map { InstanceSpecification.Address(host: $0, port: port) })
            }
        }
        var all = inDependencyOrder(of: roster).compactMap { specification($0.service, $0.name, $0.settings, $0.port) }
        if let gateway, let last = specification(Roster.gatewayName, gateway.name, gateway.settings, gateway.port) { all.append(last) }
        return all
    }

    /// Each service after those it consumes; services that do not depend on each other stay in the file's order.
    func inDependencyOrder(of roster: Roster) -> [Service] {
        var left = services
        var ordered = [Service]()
        while !left.isEmpty {
            let waiting = Set(left.map(\.service))
            let ready = left.filter { service in
                roster.entry(named: service.service)?.consumes.allSatisfy { $0 == service.service || !waiting.contains($0) } ?? true
            }
            // A circle of services that consume each other: the first of the file goes first.
            let next = ready.isEmpty ? [left[0]] : ready
            ordered += next
            left.removeAll { service in next.contains { $0.name == service.name } }
        }
        return ordered
    }
}
