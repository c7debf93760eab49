import Foundation

/// A JSON text laid out for reading: an entry a line, short lists in one, keys in the order they were sent.
///
///     JSONText(#"{"id":7,"roles":["buyer"]}"#)?.pretty
struct JSONText {
    private indirect enum Value {
        case leaf(String)
        case list([Value])
        case object([(key: String, value: Value)])
    }

    private let value: Value

    /// Nil when `text` is no JSON document.
    init?(_ text: String) {
        // Foundation says whether it is valid; what follows may trust it.
        guard (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil else { return nil }
        var rest = Substring(text)
        value = Self.value(&rest)
    }

    var pretty: String { Self.text(value, indent: "") }

    // MARK: Reading

    private static func value(_ rest: inout Substring) -> Value {
        skipSpace(&rest)
        switch rest.first {
        case "{":
            return .object(
                entries(&rest, end: "}") { rest in
                    skipSpace(&rest)
                    let key = string(&rest)
                    skipSpace(&rest)
                    rest.removeFirst()  // the colon
                    return (key, value(&rest))
                })
        case "[": return .list(entries(&rest, end: "]") { value(&$0) })
        case "\"": return .leaf(string(&rest))
        default:
            let leaf = rest.prefix { !$0.isWhitespace && ![",", "]", "}"].contains($0) }
            rest = rest.dropFirst(leaf.count)
            return .leaf(String(leaf))
        }
    }

    private static func entries<T>(_ rest: inout Substring, end: Character, _ read: (inout Substring) -> T) -> [T] {
        rest.removeFirst()
        var entries = [T]()
        while true {
            skipSpace(&rest)
            guard let next = rest.first else { return entries }
            if next == end || next == "," { rest.removeFirst() }
            if next == end { return entries }
            if next != "," { entries.append(read(&rest)) }
        }
    }

    /// With its quotes and escapes.
    private static func string(_ rest: inout Substring) -> String {
        var isEscaped = false
        var end = rest.index(after: rest.startIndex)
        while end < rest.endIndex {
            let character = rest[end]
            end = rest.index(after: end)
            if isEscaped { isEscaped = false } else if character == "\\" { isEscaped = true } else if character == "\"" { break }
        }
        defer { rest = rest[end...] }
        return String(rest[..<end])
    }

    private static func skipSpace(_ rest: inout Substring) { rest = rest.drop { $0.isWhitespace } }

    // MARK: Writing

    private static let lineMax = 100

    private static func text(_ value: Value, indent: String) -> String {
        let inner = indent + "  "
        let line = line(value)
        switch value {
        case .leaf: return line
        case .list(let values):
            if values.isEmpty || (values.allSatisfy(isLeaf) && line.count + indent.count <= lineMax) { return line }
            return "[\n" + values.map { inner + text($0, indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let entries):
            // A document is spread out, small parts of it are not.
            if entries.isEmpty || (!indent.isEmpty && entries.allSatisfy { isLeaf($0.value) } && line.count + indent.count <= lineMax) {
                return line
            }
            let lines = entries.map { inner + Terminal.dim($0.key + ":") + " " + text($0.value, indent: inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private static func isLeaf(_ value: Value) -> Bool { if case .leaf = value { true } else { false } }

    private static func line(_ value: Value) -> String {
        switch value {
        case .leaf(let text): text
        case .list(let values): "[" + values.map { line($0) }.joined(separator: ", ") + "]"
        case .object(let entries):
            entries.isEmpty ? "{}" : "{ " + entries.map { "\($0.key): \(line($0.value))" }.joined(separator: ", ") + " }"
        }
    }
}
