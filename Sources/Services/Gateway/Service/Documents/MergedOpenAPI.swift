import Foundation

/// One OpenAPI document for everything that the gateway leads to, made from the services' own documents.
///
/// Paths get the form that clients of the gateway use; internal endpoints and those without a route are left out. Each service becomes a
/// tag. Schemas of equal name and content are shared; of equal name and different content, the later one is renamed `<service>_<name>`.
struct MergedOpenAPI {
    private var paths = [String: Any]()
    private var schemas = [String: Any]()
    private var components = [String: Any]()
    private var tags = [[String: Any]]()
    private let table: GatewayRouteTable

    init(table: GatewayRouteTable) { self.table = table }

    /// - Parameter service: nil for the gateway's own document, whose paths stay as they are.
    mutating func add(_ data: Data, service: String?, tag: String) throws {
        guard var document = try JSONSerialization.jsonObject(with: data) as? [String: Any] else { return }
        let renamed = mergeSchemas(of: document, tag: tag)
        if !renamed.isEmpty, let moved = Self.moving(document, renamed) as? [String: Any] {
            document = moved
            for (old, new) in renamed { schemas[new] = ((document["components"] as? [String: Any])?["schemas"] as? [String: Any])?[old] }
        }
        for (kind, entries) in document["components"] as? [String: Any] ?? [:] where kind != "schemas" {
            let merged = (components[kind] as? [String: Any] ?? [:]).merging(entries as? [String: Any] ?? [:]) { first, _ in first }
            components[kind] = merged
        }
        let info = document["info"] as? [String: Any]
        tags.append(["name": tag, "description": info?["description"] as? String ?? info?["summary"] as? String ?? ""])
        for (path, item) in document["paths"] as? [String: Any] ?? [:] {
            guard var operations = item as? [String: Any], !InternalPath.isInternal(path) else { continue }
            guard let outside = service.map({ table.outsidePath(of: path, service: $0) }) ?? path, paths[outside] == nil else { continue }
            for (verb, operation) in operations {
                guard var operation = operation as? [String: Any] else { continue }
                operation["tags"] = [tag]
                operations[verb] = operation
            }
            paths[outside] = operations
        }
    }

    func data(title: String) throws -> Data {
        var components = components
        components["schemas"] = schemas
        let document: [String: Any] = [
            "openapi": "3.1.0", "info": ["title": title, "version": "1.0.0"], "tags": tags, "paths": paths, "components": components,
        ]
        return try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes])
    }

    /// - Returns: the names that had to change, because another service uses them for something else.
    private mutating func mergeSchemas(of document: [String: Any], tag: String) -> [String: String] {
        var renamed = [String: String]()
        let own = (document["components"] as? [String: Any])?["schemas"] as? [String: Any] ?? [:]
        for (name, schema) in own {
            guard let other = schemas[name] else {
                schemas[name] = schema
                continue
            }
            if !Self.isEqual(other, schema) { renamed[name] = "\(tag)_\(name)" }
        }
        return renamed
    }

    private static func isEqual(_ a: Any, _ b: Any) -> Bool {
        guard let a = a as? [String: Any], let b = b as? [String: Any] else { return false }
        return NSDictionary(dictionary: a).isEqual(to: b)
    }

    /// The same tree with the references to renamed schemas moved.
    private static func moving(_ node: Any, _ renamed: [String: String]) -> Any {
        if let list = node as? [Any] { return list.map { moving($0, renamed) } }
        guard let object = node as? [String: Any] else { return node }
        let prefix = "#/components/schemas/"
        return object.reduce(into: [String: Any]()) { result, entry in
            if entry.key == "$ref", let target = entry.value as? String, target.hasPrefix(prefix),
                let new = renamed[String(target.dropFirst(prefix.count))]
            {
                result[entry.key] = prefix + new
            } else {
                result[entry.key] = moving(entry.value, renamed)
            }
        }
    }
}
