extension Topology {
    /// Looks for what would fail, or worse, quietly do something else, once the lab runs.
    /// - Throws: ``LabError`` of kind `usage` with everything that is wrong, one line each.
    public func check(against roster: Roster = .standard) throws {
        var wrong = [String]()
        checkNames(&wrong, roster)
        checkPorts(&wrong)
        checkRoutes(&wrong)
        checkPeers(&wrong, roster)
        if broker.budgetMebibytes < 16 { wrong.append("broker.budget_mebibytes is \(broker.budgetMebibytes): the log needs at least 16") }
        guard wrong.isEmpty else {
            throw LabError(
                .usage, "the topology \"\(name)\" cannot run", why: wrong.joined(separator: "\n"), next: "see docs/guides/topologies.md")
        }
    }

    private func checkNames(_ wrong: inout [String], _ roster: Roster) {
        if services.isEmpty { wrong.append("it has no services") }
        var taken = gateway.map { Set([$0.name]) } ?? []
        var running = Set<String>()
        for service in services {
            if roster.entry(named: service.service) == nil || service.service == Roster.gatewayName {
                let known = roster.businessNames
                let nearest = Spelling.nearest(to: service.service, among: known).map { "did you mean \"\($0)\"? " } ?? ""
                wrong.append("there is no service \"\(service.service)\": \(nearest)known: \(known.joined(separator: ", "))")
            }
            if !Self.isName(service.name) { wrong.append("\"\(service.name)\" is no name: lower-case letters, digits, - and _ only") }
            if !taken.insert(service.name).inserted { wrong.append("the name \"\(service.name)\" is given twice") }
            if !running.insert(service.service).inserted { wrong.append("the service \"\(service.service)\" is listed twice") }
        }
    }

    private func checkPorts(_ wrong: inout [String]) {
        var owners = [Int: String]()
        let listeners = (gateway.map { [($0.name, $0.port)] } ?? []) + services.map { ($0.name, $0.port) }
        for (name, port) in listeners {
            if !(0...65_535).contains(port) { wrong.append("\(name): \(port) is no port (0 to 65535)") }
            if port != 0, let other = owners.updateValue(name, forKey: port) { wrong.append("\(other) and \(name) both want port \(port)") }
        }
    }

    private func checkRoutes(_ wrong: inout [String]) {
        var prefixes = Set<String>()
        for route in gateway?.routes ?? [] {
            if !route.prefix.hasPrefix("/") { wrong.append("the route \"\(route.prefix)\" must begin with /") }
            if route.prefix.hasPrefix("/internal") {
                wrong.append("the route \"\(route.prefix)\" would open internal endpoints to the outside")
            }
            if !prefixes.insert(route.prefix).inserted { wrong.append("the route \"\(route.prefix)\" is given twice") }
            if service(named: route.service) == nil {
                let known = services.map(\.name)
                let nearest = Spelling.nearest(to: route.service, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
                wrong.append("the route \"\(route.prefix)\" leads to \"\(route.service)\", which is not in this topology\(nearest)")
            }
        }
    }

    private func checkPeers(_ wrong: inout [String], _ roster: Roster) {
        for service in services {
            let required = roster.entry(named: service.service)?.requires ?? []
            for peer in required where instance(running: peer) == nil && service.settings[peer] != "none" {
                wrong.append(
                    "\(service.name) asks \(peer), which is not in this topology; add it, or set `\(peer): none` for \(service.name)")
            }
        }
        if authentication == .on, instance(running: "users") == nil {
            wrong.append("authentication is on, but there is no users service to sign tokens; add it or set authentication: off")
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 40
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }
}
