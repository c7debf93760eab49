/// Which path goes to which service: the longest prefix that matches whole path segments wins.
///
///     let table = GatewayRouteTable([
///         GatewayRoute(prefix: "/api/v1/orders", service: "orders"),
///         GatewayRoute(prefix: "/orders", service: "orders", strip: true),
///     ])
///     table.match("/orders/42")        // orders, "/42"
public struct GatewayRouteTable: Sendable {
    /// Longest prefix first.
    public let routes: [GatewayRoute]
    /// Of each route, as bytes.
    private let prefixes: [[UInt8]]

    public init(_ routes: [GatewayRoute]) {
        self.routes = routes.sorted { a, b in
            a.prefix.utf8.count == b.prefix.utf8.count ? a.prefix < b.prefix : a.prefix.utf8.count > b.prefix.utf8.count
        }
        prefixes = self.routes.map { Array($0.prefix.utf8) }
    }

    public struct Match: Sendable, Hashable {
        public let service: String
        /// The path as the service gets it; begins with a slash.
        public let path: String
    }

    /// - Parameter path: without the query.
    public func match(_ path: String) -> Match? {
        var path = path
        guard let index = path.withUTF8({ bytes in prefixes.firstIndex { Self.hasSegments($0, bytes) } }) else { return nil }
        let route = routes[index]
        guard route.strip else { return Match(service: route.service, path: path) }
        let rest = path.utf8.dropFirst(route.prefix.utf8.count)
        return Match(service: route.service, path: rest.first == UInt8(ascii: "/") ? String(Substring(rest)) : "/")
    }

    /// Names of the services that have a route, sorted.
    public var services: [String] { Set(routes.map(\.service)).sorted() }

    private static func hasSegments(_ prefix: [UInt8], _ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard path.count >= prefix.count, path.count == prefix.count || path[prefix.count] == UInt8(ascii: "/") else { return false }
        for index in prefix.indices where path[index] != prefix[index] { return false }
        return true
    }
}

/// One line of the gateway's route table.
public struct GatewayRoute: Sendable, Hashable {
    /// Begins with a slash, does not end with one; empty for everything.
    public let prefix: String
    /// Name of an upstream.
    public let service: String
    /// Whether the prefix is taken off before the request goes on.
    public let strip: Bool

    public init(prefix: String, service: String, strip: Bool = false) {
        var prefix = prefix
        while prefix.hasSuffix("/") { prefix.removeLast() }
        precondition(prefix.isEmpty || prefix.hasPrefix("/"), "the prefix \(prefix) of \(service) must begin with a slash")
        precondition(!InternalPath.isInternal(prefix), "the prefix \(prefix) of \(service) would open internal endpoints to the outside")
        self.prefix = prefix
        self.service = service
        self.strip = strip
    }
}
