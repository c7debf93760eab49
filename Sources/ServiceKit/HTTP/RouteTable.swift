import Contracts
import Runtime

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
        /// A handful at most, so that comparing bytes beats hashing them.
        var children = [(segment: [UInt8], node: Int)]()
        var parameter: Int?
        var endpoints = [(method: String, index: Int)]()
    }

    private var nodes = [Node()]
    private(set) var declarations = [EndpointDeclaration]()

    mutating func add(_ declaration: EndpointDeclaration) {
        var node = 0
        for segment in declaration.path.split(separator: "/") {
            let isParameter = segment.first == "{" && segment.last == "}"
            let bytes = Array(segment.utf8)
            let next = isParameter ? nodes[node].parameter : nodes[node].children.first { $0.segment == bytes }?.node
            if let next {
                node = next
            } else {
                nodes.append(Node())
                if isParameter { nodes[node].parameter = nodes.count - 1 } else { nodes[node].children.append((bytes, nodes.count - 1)) }
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
        var path = path
        var values = [String]()
        let found = path.withUTF8 { bytes in find(bytes, from: Self.start(of: bytes), node: 0, values: &values) }
        guard let node = found else { return .none }
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

    /// - Parameter start: of the segment to look at; slashes before it do not matter.
    private func find(_ path: UnsafeBufferPointer<UInt8>, from start: Int, node: Int, values: inout [String]) -> Int? {
        guard let segment = Self.segment(of: path, from: start) else { return nodes[node].endpoints.isEmpty ? nil : node }
        for child in nodes[node].children where Self.equal(path[segment], child.segment) {
            if let found = find(path, from: segment.upperBound, node: child.node, values: &values) { return found }
            break
        }
        guard let child = nodes[node].parameter else { return nil }
        values.append(PercentEncoding.decode(String(decoding: path[segment], as: UTF8.self)))
        if let found = find(path, from: segment.upperBound, node: child, values: &values) { return found }
        values.removeLast()
        return nil
    }

    /// The next segment at or after `start`; nil at the end of the path.
    private static func segment(of path: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
        var first = start
        while first < path.count, path[first] == UInt8(ascii: "/") { first += 1 }
        guard first < path.count else { return nil }
        var end = first + 1
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        return first..<end
    }

    private static func equal(_ a: Slice<UnsafeBufferPointer<UInt8>>, _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var index = a.startIndex
        for byte in b {
            if a.base[index] != byte { return false }
            index += 1
        }
        return true
    }

    private static let prefix = (api: Array("api".utf8), version: Array("v1".utf8))

    /// Behind `/api` and `/api/v1`.
    private static func start(of path: UnsafeBufferPointer<UInt8>) -> Int {
        guard let first = segment(of: path, from: 0), equal(path[first], prefix.api) else { return 0 }
        guard let second = segment(of: path, from: first.upperBound), equal(path[second], prefix.version) else { return first.upperBound }
        return second.upperBound
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
