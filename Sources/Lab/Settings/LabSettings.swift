import Foundation

/// The effective settings of a lab, each with the place it came from: flags, then `LAB_*` variables, then the topology, then defaults.
///
///     let settings = try LabSettings.resolve(flags: ["port_base": "9000"], environment: ["LAB_ORDERS_RESERVE_TIMEOUT": "2s"], library: library)
///     settings.topology.services          // with ports and settings as they will be used
///     settings.values                     // what `labctl config` shows
public struct LabSettings: Sendable {
    public struct Value: Codable, Sendable, Hashable {
        public var key: String
        public var value: String
        /// `flag`, `variable LAB_…`, `topology` or `default`.
        public var source: String
    }

    /// With every override applied.
    public let topology: Topology
    /// Nil: `.lab/<topology>` under the working directory.
    public let data: String?
    public let host: String
    public let logLevel: String
    public let isIsolated: Bool
    public let values: [Value]

    /// The keys that belong to the lab itself, with what they mean.
    public static let labKeys: [(key: String, meaning: String)] = [
        ("topology", "which topology runs"),
        ("data", "data directory"),
        ("host", "address the listeners bind to"),
        ("port_base", "the gateway's port; the services take the ones after it"),
        ("isolated", "every listener takes a free port"),
        ("persistence", "durable, relaxed or volatile"),
        ("budget_mebibytes", "what the message log may take on disk"),
        ("log_level", "trace, debug, info, notice, warning or error"),
        ("authentication", "on or off"),
    ]

    /// Variables that begin with `LAB_` and are read elsewhere: where topologies lie, where simulated runs put their tapes, and how much they log.
    public static let otherVariables: Set = ["LAB_TOPOLOGY", "LAB_TOPOLOGIES", "LAB_TAPES", "LAB_SIM_LOG"]

    /// - Parameters:
    ///   - flags: by key; services' settings as `orders.reserve_timeout`.
    ///   - environment: only variables that begin with `LAB_` are looked at.
    /// - Throws: ``LabError`` of kind `usage` for a key that nobody reads, or a value that does not fit.
    public static func resolve(flags: [String: String], environment: [String: String], library: TopologyLibrary) throws -> LabSettings {
        if flags["data"]?.isEmpty == true {
            throw LabError(.usage, "--data is empty", why: "it names a folder", next: "labctl up --data DIR")
        }
        var resolution = Resolution(flags: flags)
        // The topology's name first: it decides which further keys there are.
        resolution.take(variable: "LAB_TOPOLOGY", as: "topology", from: environment)
        let name = resolution.text("topology", default: "marketplace")
        let file = try library.topology(name)
        try resolution.takeVariables(environment, for: file)
        try resolution.checkKeys(for: file)

        var topology = file
        topology.authentication = try resolution.choice("authentication", of: file.authentication)
        topology.broker.persistence = try resolution.choice("persistence", of: file.broker.persistence)
        topology.broker.budgetMebibytes = try resolution.number("budget_mebibytes", topology: file.broker.budgetMebibytes)
        let isIsolated = try resolution.flag("isolated")
        try resolution.applyPorts(to: &topology, isIsolated: isIsolated)
        resolution.applyServiceSettings(to: &topology)
        try topology.check()
        let settings = LabSettings(
            topology: topology, data: resolution.optionalText("data", note: ".lab/\(file.name)"),
            host: resolution.text("host", default: "127.0.0.1"), logLevel: try resolution.logLevel(), isIsolated: isIsolated,
            values: resolution.values)
        return settings
    }

    /// For tests and simulated runs: a topology as it is.
    public init(topology: Topology, isIsolated: Bool = false, host: String = "127.0.0.1", logLevel: String = "info") {
        self.init(topology: topology, data: nil, host: host, logLevel: logLevel, isIsolated: isIsolated, values: [])
    }

    init(topology: Topology, data: String?, host: String, logLevel: String, isIsolated: Bool, values: [Value]) {
        self.topology = topology
        self.data = data
        self.host = host
        self.logLevel = logLevel
        self.isIsolated = isIsolated
        self.values = values
    }
}
