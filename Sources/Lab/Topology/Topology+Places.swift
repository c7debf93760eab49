extension Topology {
    /// Where each part of a topology stands: `services[0].port` in `hotel.yaml:7`.
    struct Places: Sendable {
        private var lines = [String: String]()

        subscript(path: String) -> String? {
            get { lines[path] }
            set { lines[path] = newValue }
        }
    }
}

/// The same topology read from another file is the same topology.
extension Topology.Places: Hashable {
    static func == (one: Self, other: Self) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}
