extension GatewayRouteTable {
    /// How a client of the gateway writes a service's own path; nil when no route leads there.
    ///
    /// A route that keeps its prefix is a part of the path: `/api/v1/users/{id}`. Behind one that drops it, `/api/v1`, which services drop
    /// themselves, tells the route and the path apart: `/users/api/v1/users/{id}`.
    public func outsidePath(of path: String, service: String) -> String? {
        for candidate in ["/api/v1" + path, "/api" + path, path] {
            guard let match = match(candidate), match.service == service else { continue }
            if match.path == candidate || match.path == path { return candidate }
        }
        for route in routes where route.service == service && route.strip {
            let candidate = route.prefix + "/api/v1" + path
            if match(candidate)?.service == service { return candidate }
        }
        return nil
    }
}
