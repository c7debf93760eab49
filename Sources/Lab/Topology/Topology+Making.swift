extension Topology {
    /// A few services without gateway and accounts: what a test of one's own services needs.
    ///
    ///     let topology = Topology.services("hotel", "till")
    public static func services(_ names: String...) -> Topology {
        Topology(
            name: names.joined(separator: "-"), summary: "made by a test", authentication: .off, gateway: nil,
            services: names.map { Service($0) })
    }
}

extension Topology.Service {
    /// - Parameters:
    ///   - service: its name in the roster.
    ///   - name: what it is called here; the roster's name when nil.
    ///   - port: 0 takes a free one.
    public init(_ service: String, name: String? = nil, port: Int = 0, settings: [String: String] = [:]) {
        self.init(service: service, name: name ?? service, port: port, settings: settings)
    }
}
