import Contracts

/// Recognises GETs of endpoints that their owner declared `public`: the answers that a shared cache may keep.
struct PublicReads: Sendable {
    private enum Segment: Sendable {
        case literal([UInt8])
        case parameter
    }
    /// By the number of segments.
    private var templates = [Int: [[Segment]]]()

    init(_ endpoints: [EndpointDeclaration]) {
        // Where a path is both `/products/{id}` and `/products/search`, the rule of the literal one must not be lost: a GET that is not
        // public takes its siblings out of the cache as well.
        let guarded = endpoints.filter { $0.verb == .get && $0.access != .public }.map { Self.segments(of: $0.path) }
        for endpoint in endpoints where endpoint.verb == .get && endpoint.access == .public && endpoint.produces == "application/json" {
            let segments = Self.segments(of: endpoint.path)
            guard !guarded.contains(where: { Self.overlap($0, segments) }) else { continue }
            templates[segments.count, default: []].append(segments)
        }
    }

    /// - Parameter path: as the service gets it.
    func contains(_ path: String) -> Bool {
        if templates.isEmpty { return false }
        var path = path
        return path.withUTF8 { bytes in
            var segments = bytes.split(separator: UInt8(ascii: "/"))[...]
            if segments.first?.elementsEqual("api".utf8) == true {
                segments = segments.dropFirst()
                if segments.first?.elementsEqual("v1".utf8) == true { segments = segments.dropFirst() }
            }
            guard let candidates = templates[segments.count] else { return false }
            return candidates.contains { template in
                zip(template, segments).allSatisfy { expected, segment in
                    switch expected {
                    case .literal(let text): segment.elementsEqual(text)
                    case .parameter: true
                    }
                }
            }
        }
    }

    private static func segments(of path: String) -> [Segment] {
        path.split(separator: "/").map { $0.first == "{" && $0.last == "}" ? .parameter : .literal(Array($0.utf8)) }
    }

    private static func overlap(_ a: [Segment], _ b: [Segment]) -> Bool {
        a.count == b.count
            && zip(a, b).allSatisfy { pair in
                switch pair {
                case (.literal(let x), .literal(let y)): x == y
                default: true
                }
            }
    }
}
