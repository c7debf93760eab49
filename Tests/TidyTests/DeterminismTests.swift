import Testing

/// Time, randomness, identifiers, tasks and sleeps come from World: looked for in the text of every service and mechanism.
@Suite struct DeterminismTests {
    /// Written by people who run the lab or measure it, never part of a simulated run.
    static let exempt: Set<String> = ["Runtime", "labctl", "labbench"]

    /// Worker processes and their deadlines live in the real world, outside of every run.
    static let exploring = "Sources/Simulation/Exploration/Workers/"

    /// Does on purpose what is forbidden.
    static let broken = "Sources/Simulation/Scenarios/Broken.swift"

    static let banned: [(pattern: String, instead: String)] = [
        (#"\bDate\(\)"#, "world.now"),
        (#"\bDate\.now\b"#, "world.now"),
        (#"\bUUID\(\)"#, "world.makeID()"),
        (#"\.random\(in"#, "world.random"),
        (#"\bSystemRandomNumberGenerator\b"#, "world.random"),
        (#"\.shuffled\(\)|\.randomElement\(\)"#, "world.random"),
        (#"\bTask\.sleep\b"#, "world.sleep"),
        (#"\bTask\.detached\b"#, "world.spawn"),
        (#"(^|[^A-Za-z.])Task *(\([^)]*\))? *\{"#, "world.spawn"),
        (#"\bDispatchQueue\b|\bDispatchSource\b"#, "world.lane"),
        (#"\bThread\.(sleep|detachNewThread)"#, "world.lane"),
        (#"\busleep\(|\bsleep\([0-9]"#, "world.sleep"),
        (#"ContinuousClock|SuspendingClock"#, "world.now"),
        (#"ProcessInfo\.processInfo\.systemUptime"#, "world.now"),
    ]

    /// Secrets of a live lab must not be predictable; simulated worlds derive theirs from the seed.
    static let secretMakers: Set<String> = ["Sources/ServiceKit/SecretStore.swift"]

    @Test func `nothing outside Runtime asks the machine for time, randomness, tasks or sleeps`() throws {
        for (pattern, instead) in Self.banned {
            let expression = try Regex(pattern)
            for file in Repository.files(under: "Sources") where !Self.exempt.contains(Repository.target(of: file.path)) {
                if file.path.hasPrefix(Self.exploring) || file.path == Self.broken { continue }
                if instead == "world.random", Self.secretMakers.contains(file.path) { continue }
                for line in file.code where line.text.contains(expression) {
                    Issue.record("\(file.path):\(line.number) uses \(line.text.trimmingPrefix(while: { $0 == " " })): take \(instead)")
                }
            }
        }
    }

    @Test func `tests do not sleep`() throws {
        let expression = try Regex(#"Task\.sleep|\busleep\(|\bsleep\([0-9]|Thread\.sleep"#)
        for file in Repository.files(under: "Tests") where !file.path.hasPrefix("Tests/TidyTests") {
            for line in file.code where line.text.contains(expression) {
                Issue.record("\(file.path):\(line.number) sleeps: await an event, or advance the virtual clock")
            }
        }
    }
}
