import Runtime
import Synchronization

/// A service's settings, as the topology, the environment and flags give them: text by key, read with a default.
///
///     let timeout = context.settings.duration("reserve_timeout", default: .seconds(30))
///
/// A value that cannot be read, and a key that nobody asks for, are found by ``check()`` after the service has been set up: so read
/// settings in the initialiser.
public struct Settings: Sendable {
    private final class Readings: Sendable {
        let state = Mutex((known: Set<String>(), problems: [SettingsError.Problem]()))
    }

    private let values: [String: String]
    private let readings = Readings()

    public init(_ values: [String: String] = [:]) { self.values = values }

    public func string(_ key: String, default fallback: String) -> String { read(key, or: fallback, "text") { $0 } }
    public func optionalString(_ key: String) -> String? {
        note(key)
        return values[key]
    }
    public func int(_ key: String, default fallback: Int) -> Int { read(key, or: fallback, "a whole number", Int.init) }
    public func double(_ key: String, default fallback: Double) -> Double { read(key, or: fallback, "a number", Double.init) }
    public func bool(_ key: String, default fallback: Bool) -> Bool { read(key, or: fallback, "true or false", Self.bool) }
    /// `30s`, `500ms`, `5m`, `2h`, `1d`; a bare number means seconds.
    public func duration(_ key: String, default fallback: Duration) -> Duration {
        read(key, or: fallback, "a duration such as 30s, 500ms, 5m, 2h or 1d") { Duration(typed: $0) }
    }
    /// Values between commas.
    public func list(_ key: String, default fallback: [String]) -> [String] {
        read(key, or: fallback, "a list") { text in
            text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
        }
    }

    public subscript(key: String) -> String? { optionalString(key) }

    /// The keys that were asked for, sorted.
    public var knownKeys: [String] { readings.state.withLock { $0.known.sorted() } }

    /// - Throws: ``SettingsError`` listing values that could not be read and keys that nobody asked for, each with the nearest known one.
    public func check() throws {
        let (known, problems) = readings.state.withLock { ($0.known, $0.problems) }
        let unknown = values.keys.sorted().filter { !known.contains($0) }.map { key in
            let hint =
                EditDistance.nearest(to: key, among: known).map { "did you mean \($0)?" }
                ?? (known.isEmpty ? "there are no settings here" : "known: \(known.sorted().joined(separator: ", "))")
            return SettingsError.Problem(key: key, text: "unknown setting \(key): \(hint)")
        }
        guard problems.isEmpty, unknown.isEmpty else { throw SettingsError(found: problems + unknown) }
    }

    private func note(_ key: String) { readings.state.withLock { _ = $0.known.insert(key) } }

    private func read<T>(_ key: String, or fallback: T, _ expected: String, _ parse: (String) -> T?) -> T {
        note(key)
        guard let text = values[key] else { return fallback }
        if let value = parse(text) { return value }
        let problem = SettingsError.Problem(key: key, text: "setting \(key) must be \(expected), not \"\(text)\"")
        readings.state.withLock { $0.problems.append(problem) }
        return fallback
    }

    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }
}

/// Settings that cannot be used.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public struct Problem: Sendable, Hashable {
        public let key: String
        public let text: String
    }

    public let found: [Problem]
    public var problems: [String] { found.map(\.text) }
    public var description: String { problems.joined(separator: "; ") }
}
