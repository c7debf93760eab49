extension Topology {
    /// A Mermaid flowchart: the gateway's routes, calls between services (solid) and messages between them (dotted).
    public var mermaid: String {
        var lines = ["flowchart LR"]
        func id(_ name: String) -> String { name.map { $0 == "-" ? "_" : String($0) }.joined() }
        if let gateway {
            lines.append("    \(id(gateway.name))([\"\(gateway.name) :\(gateway.port)\"])")
        }
        for service in services { lines.append("    \(id(service.name))[\"\(service.name) :\(service.port)\"]") }
        if let gateway {
            var seen = Set<String>()
            for route in gateway.routes {
                guard let target = self.service(named: route.service), seen.insert(target.name).inserted else { continue }
                let prefixes = gateway.routes.filter { self.service(named: $0.service)?.name == target.name }.map(\.prefix)
                let label = prefixes.prefix(3).joined(separator: " ") + (prefixes.count > 3 ? " …" : "")
                lines.append("    \(id(gateway.name)) -->|\"\(label)\"| \(id(target.name))")
            }
        }
        for service in services {
            guard let entry = Roster.standard.entry(named: service.service) else { continue }
            for peer in entry.consumes {
                guard let target = instance(running: peer) else { continue }
                lines.append("    \(id(target.name)) -.-> \(id(service.name))")
            }
        }
        return lines.joined(separator: "\n")
    }
}
