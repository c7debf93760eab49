import Foundation
import Runtime
import Yams

/// Reads a topology from YAML and is strict about it: a key that nobody reads is a mistake that would otherwise stay hidden.
public enum TopologyFile {
    /// - Throws: ``LabError`` of kind `usage` that names the file, the line and the nearest known key.
    public static func read(_ file: URL) throws -> Topology {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {  // the reason is the same to the reader: it cannot be read
            throw LabError(.usage, "the topology file \(file.path) cannot be read", next: "labctl topology ls")
        }
        return try parse(text, from: file.path)
    }

    public static func parse(_ text: String, from source: String) throws -> Topology {
        var places = Topology.Places()
        do {
            guard let root = try Yams.compose(yaml: text) else {
                throw LabError(.usage, "\(source) is empty", why: "a topology has at least name, summary and services")
            }
            try check(root, Shape.topology, at: "", in: source, &places)
            var topology = try YAMLDecoder().decode(Topology.self, from: text)
            topology.places = places
            return topology
        } catch let error as LabError {
            throw error
        } catch let error as DecodingError {
            throw LabError(.usage, "\(source) is not a topology", why: explain(error, places), next: "see docs/guides/topologies.md")
        } catch {
            throw LabError(.usage, "\(source) is not YAML", why: "\(error)")
        }
    }

    /// The keys that each mapping may have. `settings` is free here: services declare their own.
    private indirect enum Shape: Sendable {
        case value
        case free
        case mapping([String: Shape])
        case list(Shape)

        static let topology = Shape.mapping([
            "name": .value, "summary": .value, "authentication": .value,
            "gateway": .mapping([
                "name": .value, "port": .value, "settings": .free,
                "routes": .list(.mapping(["prefix": .value, "service": .value, "strip": .value])),
            ]),
            "services": .list(.mapping(["service": .value, "name": .value, "port": .value, "settings": .free])),
            "broker": .mapping(["persistence": .value, "budget_mebibytes": .value]),
        ])
    }

    private static func check(
        _ node: Node, _ shape: Shape, at path: String, in source: String, _ places: inout Topology.Places
    ) throws {
        places[path] = place(node, source)
        switch (shape, node) {
        case (.mapping(let known), .mapping(let mapping)):
            for (key, value) in mapping {
                let name = key.string ?? "\(key)"
                guard let shape = known[name] else { throw unknownKey(name, key, path, known.keys.sorted(), source) }
                try check(value, shape, at: path.isEmpty ? name : "\(path).\(name)", in: source, &places)
            }
        case (.list(let shape), .sequence(let items)):
            for (index, item) in items.enumerated() { try check(item, shape, at: "\(path)[\(index)]", in: source, &places) }
        case (.mapping, _): throw wrongForm("a mapping", node, path, source)
        case (.list, _): throw wrongForm("a list", node, path, source)
        case (.value, .mapping), (.value, .sequence): throw wrongForm("a single value", node, path, source)
        case (.free, .mapping(let mapping)):
            for (key, value) in mapping { places["\(path).\(key.string ?? "\(key)")"] = place(value, source) }
        case (.value, _), (.free, _): return
        }
    }

    private static func unknownKey(_ name: String, _ node: Node, _ path: String, _ known: [String], _ source: String) -> LabError {
        let nearest = EditDistance.nearest(to: name, among: known).map { "did you mean \"\($0)\"? " } ?? ""
        return LabError(
            .usage, "\(place(node, source)): unknown key \"\(name)\"\(path.isEmpty ? "" : " in \(path)")",
            why: "\(nearest)known here: \(known.joined(separator: ", "))", next: "see docs/guides/topologies.md")
    }

    private static func wrongForm(_ wanted: String, _ node: Node, _ path: String, _ source: String) -> LabError {
        LabError(
            .usage, "\(place(node, source)): \(path.isEmpty ? "the file" : path) must be \(wanted)", next: "see docs/guides/topologies.md")
    }

    private static func place(_ node: Node, _ source: String) -> String { node.mark.map { "\(source):\($0.line)" } ?? source }

    private static func explain(_ error: DecodingError, _ places: Topology.Places) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.reduce(into: "") { text, key in
                text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? key.stringValue : ".\(key.stringValue)")
            }
        }
        func place(_ context: DecodingError.Context) -> String { places[path(context)].map { "\($0): " } ?? "" }
        switch error {
        case .keyNotFound(let key, let context):
            let parent = path(context)
            return "\(place(context))\(parent.isEmpty ? "" : "\(parent).")\(key.stringValue) is missing"
        case .typeMismatch(let type, let context): return "\(place(context))\(path(context)) must be a \(type)"
        case .valueNotFound(let type, let context): return "\(place(context))\(path(context)) must be a \(type), it is empty"
        case .dataCorrupted(let context): return "\(place(context))\(path(context)): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
