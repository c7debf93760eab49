import Runtime

extension Topology {
    /// Looks for what would fail, or worse, quietly do something else, once the lab runs.
    /// - Throws: ``LabError`` of kind `usage` with everything that is wrong, one line each.
    public func check(against roster: Roster = .standard) throws {
        var wrong = [String]()
        checkNames(&wrong, roster)
        checkPorts(&wrong)
        checkRoutes(&wrong)
        checkPeers(&wrong, roster)
        if broker.budgetMebibytes < 16 {
            wrong.append(at("broker.budget_mebibytes") + "broker.budget_mebibytes is \(broker.budgetMebibytes): the log needs at least 16")
        }
        if broker.budgetMebibytes > Self.budgetMebibytesMax {
            wrong.append(
                at("broker.budget_mebibytes")
                    + "broker.budget_mebibytes is \(broker.budgetMebibytes): at most \(Self.budgetMebibytesMax), which is 16 TiB")
        }
        guard wrong.isEmpty else {
            throw LabError(
                .usage, "the topology \"\(name)\" cannot run", why: wrong.joined(separator: "\n"), next: "see docs/guides/topologies.md")
        }
    }

    /// As large as the file systems of today let one file be.
    private static let budgetMebibytesMax = 16 << 20

    /// `hotel.yaml:7: `; empty for a topology that was not read from a file.
    private func at(_ path: String) -> String { places?[path].map { "\($0): " } ?? "" }

    private func checkNames(_ wrong: inout [String], _ roster: Roster) {
        if services.isEmpty { wrong.append(at("services") + "it has no services") }
        var taken = gateway.map { Set([$0.name]) } ?? []
        var running = Set<String>()
        for (index, service) in services.enumerated() {
            let own = at("services[\(index)].service")
            let named = places?["services[\(index)].name"] == nil ? own : at("services[\(index)].name")
            if roster.entry(named: service.service) == nil || service.service == Roster.gatewayName {
                let known = roster.businessNames
                let nearest = EditDistance.nearest(to: service.service, among: known).map { "did you mean \"\($0)\"? " } ?? ""
                wrong.append("\(own)there is no service \"\(service.service)\": \(nearest)known: \(known.joined(separator: ", "))")
            }
            if !Self.isName(service.name) {
                wrong.append("\(named)\"\(service.name)\" is no name: lower-case letters, digits, - and _ only")
            }
            if !taken.insert(service.name).inserted { wrong.append("\(named)the name \"\(service.name)\" is given twice") }
            if !running.insert(service.service).inserted { wrong.append("\(own)the service \"\(service.service)\" is listed twice") }
        }
    }

    private func checkPorts(_ wrong: inout [String]) {
        var owners = [Int: String]()
        let listeners =
            (gateway.map { [($0.name, $0.port, "gateway.port")] } ?? [])
            + services.enumerated().map { ($1.name, $1.port, "services[\($0)].port") }
        for (name, port, path) in listeners {
            if !(0...65_535).contains(port) { wrong.append("\(at(path))\(name): \(port) is no port (0 to 65535)") }
            if port != 0, let other = owners.updateValue(name, forKey: port) {
                wrong.append("\(at(path))\(other) and \(name) both want port \(port)")
            }
        }
    }

    private func checkRoutes(_ wrong: inout [String]) {
        var prefixes = Set<String>()
        for (index, route) in (gateway?.routes ?? []).enumerated() {
            let prefix = at("gateway.routes[\(index)].prefix")
            if !route.prefix.hasPrefix("/") { wrong.append("\(prefix)the route \"\(route.prefix)\" must begin with /") }
            if route.prefix.hasPrefix("/internal") {
                wrong.append("\(prefix)the route \"\(route.prefix)\" would open internal endpoints to the outside")
            }
            if !prefixes.insert(route.prefix).inserted { wrong.append("\(prefix)the route \"\(route.prefix)\" is given twice") }
            if service(named: route.service) == nil {
                let known = services.map(\.name)
                let nearest = EditDistance.nearest(to: route.service, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
                wrong.append(
                    at("gateway.routes[\(index)].service")
                        + "the route \"\(route.prefix)\" leads to \"\(route.service)\", which is not in this topology\(nearest)")
            }
        }
    }

    private func checkPeers(_ wrong: inout [String], _ roster: Roster) {
        for (index, service) in services.enumerated() {
            let required = roster.entry(named: service.service)?.requires ?? []
            for peer in required where instance(running: peer) == nil && service.settings[peer] != "none" {
                wrong.append(
                    at("services[\(index)].service")
                        + "\(service.name) asks \(peer), which is not in this topology; add it, or set `\(peer): none` for \(service.name)")
            }
        }
        if authentication == .on, instance(running: "users") == nil {
            wrong.append(
                at("authentication")
                    + "authentication is on, but there is no users service to sign tokens; add it or set authentication: off")
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 40
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }
}
