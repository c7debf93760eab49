extension LabSettings {
    /// Collects the given values with their sources and hands them out, noting what was used.
    struct Resolution {
        private var given: [String: (value: String, source: String)]
        private(set) var values = [Value]()

        init(flags: [String: String]) { given = flags.mapValues { ($0, "flag") } }

        /// A flag wins over a variable.
        mutating func take(variable: String, as key: String, from environment: [String: String]) {
            if given[key] == nil, let value = environment[variable], !value.isEmpty { given[key] = (value, "variable \(variable)") }
        }

        /// `LAB_PORT_BASE` is `port_base`; `LAB_ORDER_SERVICE_RESERVE_TIMEOUT` is `order-service.reserve_timeout`.
        mutating func takeVariables(_ environment: [String: String], for topology: Topology) throws {
            var keys = [String: String]()
            for (key, _) in LabSettings.labKeys { keys["LAB_\(key.uppercased())"] = key }
            let prefixes = topology.settingPrefixes.map { (variable: "LAB_\(Self.variableForm($0))_", prefix: $0) }
            for variable in environment.keys.sorted() where variable.hasPrefix("LAB_") && !LabSettings.otherVariables.contains(variable) {
                if let key = keys[variable] {
                    take(variable: variable, as: key, from: environment)
                } else if let match = prefixes.first(where: { variable.hasPrefix($0.variable) }) {
                    let setting = variable.dropFirst(match.variable.count).lowercased()
                    take(variable: variable, as: "\(match.prefix).\(setting)", from: environment)
                } else {
                    throw LabError.unknown("setting variable", variable, known: keys.keys.sorted(), list: "labctl config")
                }
            }
        }

        func checkKeys(for topology: Topology) throws {
            let known = LabSettings.labKeys.map(\.key)
            for key in given.keys.sorted() {
                guard let dot = key.firstIndex(of: ".") else {
                    if !known.contains(key) { throw LabError.unknown("setting", key, known: known, list: "labctl config") }
                    continue
                }
                let prefix = String(key[..<dot])
                if !topology.settingPrefixes.contains(prefix) {
                    throw LabError.unknown(
                        "service", prefix, known: topology.settingPrefixes, list: "labctl topology show \(topology.name)")
                }
            }
        }

        mutating func text(_ key: String, default standard: String) -> String { note(key, given[key] ?? (standard, "default")) }

        mutating func optionalText(_ key: String, note standard: String) -> String? {
            let value = note(key, given[key] ?? (standard, "default"))
            return given[key] == nil ? nil : value
        }

        mutating func choice<T: RawRepresentable & CaseIterable>(_ key: String, of topology: T) throws -> T where T.RawValue == String {
            let text = note(key, given[key] ?? (topology.rawValue, "topology"))
            guard let value = T(rawValue: text) else { throw LabError.unknown("value for \(key)", text, known: T.allCases.map(\.rawValue)) }
            return value
        }

        mutating func number(_ key: String, topology: Int) throws -> Int {
            try Self.number(key, note(key, given[key] ?? (String(topology), "topology")))
        }

        mutating func flag(_ key: String) throws -> Bool {
            let text = text(key, default: "false")
            guard
                let value = ["true": true, "1": true, "yes": true, "on": true, "false": false, "0": false, "no": false, "off": false][text]
            else {
                throw LabError(.usage, "\(key) is \"\(text)\"", why: "it must be true or false")
            }
            return value
        }

        mutating func logLevel() throws -> String {
            let text = text("log_level", default: "info")
            let known = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
            guard known.contains(text) else { throw LabError.unknown("log level", text, known: known) }
            return text
        }

        mutating func applyPorts(to topology: inout Topology, isIsolated: Bool) throws {
            let base = try given["port_base"].map { try Self.number("port_base", $0.value) }
            if let base {
                note("port_base", given["port_base"]!)
                guard (1...65_000).contains(base) else { throw LabError(.usage, "port_base is \(base)", why: "it must be 1 to 65000") }
                if isIsolated {
                    throw LabError(.usage, "--port-base and --isolated exclude each other", why: "isolated listeners take free ports")
                }
            }
            let source = isIsolated ? "isolated" : base == nil ? "topology" : given["port_base"]!.source
            var next = base ?? 0
            func port(_ current: Int) -> Int {
                defer { next += 1 }
                return isIsolated ? 0 : base == nil ? current : next
            }
            if var gateway = topology.gateway {
                gateway.port = port(gateway.port)
                topology.gateway = gateway
                note("\(gateway.name).port", (String(gateway.port), source))
            }
            for index in topology.services.indices {
                topology.services[index].port = port(topology.services[index].port)
                note("\(topology.services[index].name).port", (String(topology.services[index].port), source))
            }
        }

        mutating func applyServiceSettings(to topology: inout Topology) {
            if var gateway = topology.gateway {
                gateway.settings = merged(gateway.settings, prefixes: [gateway.name, "gateway"])
                topology.gateway = gateway
            }
            for index in topology.services.indices {
                let service = topology.services[index]
                topology.services[index].settings = merged(service.settings, prefixes: [service.name, service.service])
            }
        }

        private mutating func merged(_ settings: [String: String], prefixes: [String]) -> [String: String] {
            var merged = settings
            var sources = settings.mapValues { _ in "topology" }
            for prefix in Set(prefixes).sorted() {
                for (key, entry) in given where key.hasPrefix("\(prefix).") {
                    let name = String(key.dropFirst(prefix.count + 1))
                    merged[name] = entry.value
                    sources[name] = entry.source
                }
            }
            for name in merged.keys.sorted() { note("\(prefixes[0]).\(name)", (merged[name]!, sources[name]!)) }
            return merged
        }

        @discardableResult
        private mutating func note(_ key: String, _ entry: (value: String, source: String)) -> String {
            values.removeAll { $0.key == key }
            values.append(Value(key: key, value: entry.value, source: entry.source))
            return entry.value
        }

        private static func number(_ key: String, _ text: String) throws -> Int {
            guard let value = Int(text) else { throw LabError(.usage, "\(key) is \"\(text)\"", why: "it must be a whole number") }
            return value
        }

        private static func variableForm(_ name: String) -> String { name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined() }
    }
}

extension Topology {
    /// What may stand before the dot of a service's setting: names in this topology and in the roster; the longest first.
    var settingPrefixes: [String] {
        let names = services.flatMap { [$0.name, $0.service] } + (gateway.map { [$0.name, "gateway"] } ?? [])
        return Set(names).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }
}
