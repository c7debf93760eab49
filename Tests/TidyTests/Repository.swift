import Foundation

/// The checkout that these tests were built from, read as text.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct File {
        /// Relative to the root, such as `Sources/Runtime/World.swift`.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    }

    static func text(_ path: String) throws -> String { try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }

    static func files(under folder: String, ending: String = ".swift") -> [File] {
        let base = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appendingPathComponent(name), encoding: .utf8) else { return nil }
            return File(path: "\(folder)/\(name)", text: text)
        }
    }

    static func folders(in folder: String) -> [String] {
        let base = root.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base.path)) ?? []
        return names.filter { (try? FileManager.default.contentsOfDirectory(atPath: base.appendingPathComponent($0).path)) != nil }.sorted()
    }

    /// The target that a source file belongs to: `Sources/Services/Orders/API/…` is `OrdersAPI`.
    static func target(of path: String) -> String {
        let parts = path.split(separator: "/")
        if parts[1] == "Services" { return "\(parts[2])\(parts[3])" }
        return String(parts[1])
    }
}

extension Repository.File {
    /// Names of the modules that the file imports.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ")
            while let first = words.first, first.hasPrefix("@") || first == "public" || first == "internal" { words.removeFirst() }
            guard words.count >= 2, words[0] == "import" else { return nil }
            let named = ["struct", "class", "enum", "protocol", "func", "typealias"].contains(String(words[1])) ? words[2] : words[1]
            return String(named.split(separator: ".")[0])
        }
    }

    /// Lines with their numbers, without comments and without what stands in string literals.
    var code: [(number: Int, text: String)] {
        lines.enumerated().compactMap { index, line in
            guard let comment = line.range(of: "//") else { return (index + 1, String(line)) }
            return (index + 1, String(line[..<comment.lowerBound]))
        }
    }
}
