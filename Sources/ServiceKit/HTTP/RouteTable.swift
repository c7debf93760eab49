import Contracts

/// Finds the endpoint for a method and a path: a tree of path segments, fixed before the first request.
///
/// `/api`, `/api/v1` and a trailing slash do not matter. A literal segment wins over a parameter. Unlike Hummingbird's router it
/// tells an unknown path from a wrong method, and works on plain strings, so that calls within the process and calls from the
/// network take the same way without being turned into HTTP types first.
struct RouteTable: Sendable {
    enum Match {
        case endpoint(Int, values: [String])
        case wrongMethod(allowed: [String])
        case none
    }

    private struct Node {
        var children = [String: Int]()
        var parameter: Int?
        var endpoints = [(method: String, index: Int)]()
    }

    private var nodes = [Node()]
    private(set) var declarations = [EndpointDeclaration]()

    mutating func add(_ declaration: EndpointDeclaration) {
        var node = 0
        for segment in declaration.path.split(separator: "/") {
            let isParameter = segment.first == "{" && segment.last == "}"
            let next = isParameter ? nodes[node].parameter : nodes[node].children[String(segment)]
            if let next {
                node = next
            } else {
                nodes.append(Node())
                if isParameter { nodes[node].parameter = nodes.count - 1 } else { nodes[node].children[String(segment)] = nodes.count - 1 }
                node = nodes.count - 1
            }
        }
        precondition(
            !nodes[node].endpoints.contains { $0.method == declaration.verb.rawValue },
            "\(declaration.operationID): \(declaration.verb.rawValue) \(declaration.path) is declared twice")
        nodes[node].endpoints.append((declaration.verb.rawValue, declarations.count))
        declarations.append(declaration)
    }

    func contains(_ verb: HTTPVerb, _ path: String) -> Bool {
        if case .endpoint = match(method: verb.rawValue, path: path) { return true }
        return false
    }

    func match(method: String, path: String) -> Match {
        let segments = Self.segments(of: path)
        var values = [String]()
        guard let node = find(segments[...], from: 0, values: &values) else { return .none }
        let wanted = method == "HEAD" ? "GET" : method
        if let endpoint = nodes[node].endpoints.first(where: { $0.method == wanted }) {
            return .endpoint(endpoint.index, values: values)
        }
        var allowed = nodes[node].endpoints.map(\.method)
        if allowed.contains("GET") { allowed.append("HEAD") }
        return .wrongMethod(allowed: allowed.sorted())
    }

    /// The declared paths that look most like `path`, at most three, internal ones left out.
    func near(_ path: String) -> [String] {
        let wanted = "/" + Self.segments(of: path).joined(separator: "/")
        var seen = Set<String>()
        return declarations.filter { $0.access != .internal && seen.insert($0.path).inserted }
            .map { (path: $0.path, distance: EditDistance.between($0.path, wanted)) }
            .filter { $0.distance <= max(3, $0.path.count / 2) }
            .sorted { ($0.distance, $0.path) < ($1.distance, $1.path) }.prefix(3).map(\.path)
    }

    private func find(_ segments: ArraySlice<Substring>, from node: Int, values: inout [String]) -> Int? {
        guard let segment = segments.first else { return nodes[node].endpoints.isEmpty ? nil : node }
        if !nodes[node].children.isEmpty, let child = nodes[node].children[String(segment)],
            let found = find(segments.dropFirst(), from: child, values: &values)
        {
            return found
        }
        guard let child = nodes[node].parameter else { return nil }
        values.append(PercentEncoding.decode(segment))
        if let found = find(segments.dropFirst(), from: child, values: &values) { return found }
        values.removeLast()
        return nil
    }

    /// The path's segments without `/api` and `/api/v1` in front.
    static func segments(of path: String) -> [Substring] {
        var segments = path.split(separator: "/")
        if segments.first == "api" {
            segments.removeFirst()
            if segments.first == "v1" { segments.removeFirst() }
        }
        return segments
    }
}
