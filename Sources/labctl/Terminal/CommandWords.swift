import ArgumentParser

/// Which verb some words name: in `saga ls --open` it is `labctl saga ls`.
struct CommandWords {
    /// From `labctl` down to the verb meant.
    private(set) var path: [any ParsableCommand.Type] = [Labctl.self]
    /// A word where a verb is wanted, and which is none.
    private(set) var unknown: String?

    init(_ words: some Sequence<String>) {
        for word in words where !known.isEmpty {
            if word.hasPrefix("-") || (path.count == 1 && word == "help") { continue }
            guard let verb = path.last!.configuration.subcommands.first(where: { $0._commandName == word }) else {
                unknown = word
                return
            }
            path.append(verb)
        }
    }

    /// `labctl saga ls`
    var text: String { path.map { $0._commandName }.joined(separator: " ") }

    /// `labctl saga ls [--data <dir>] …`
    var usage: String { Labctl.usageString(for: path.last!) }

    /// The verbs that may follow.
    var known: [String] { path.last!.configuration.subcommands.map { $0._commandName } }
}
