import Foundation

/// A next command for the lab that was asked: with `--data` on the command line it carries it on, for without it another lab would answer.
///
///     Advice("labctl ps, then labctl logs").text      // labctl ps --data /tmp/b, then labctl logs --data /tmp/b
struct Advice {
    let text: String

    init(_ text: String, words: [String] = Array(CommandLine.arguments.dropFirst())) {
        guard let data = Self.data(in: words), !text.contains("--data"), !text.contains("--help") else {
            self.text = text
            return
        }
        var parts = text.components(separatedBy: "labctl ")
        for index in parts.indices.dropFirst() { parts[index] = Self.naming(data, in: parts[index]) }
        self.text = parts.joined(separator: "labctl ")
    }

    /// `ps, then ` becomes `ps --data DIR, then `.
    private static func naming(_ data: String, in rest: String) -> String {
        var length = 0
        var words = [String]()
        for word in rest.split(separator: " ", omittingEmptySubsequences: false).prefix(2) {
            let name = word.prefix { $0.isLetter }
            guard !name.isEmpty, CommandWords(words + [String(name)]).unknown == nil,
                CommandWords(words + [String(name)]).path.count == words.count + 2
            else { break }
            length += (words.isEmpty ? 0 : 1) + name.count
            words.append(String(name))
            if name.count < word.count { break }
        }
        let command = CommandWords(words)
        guard !words.isEmpty, command.known.isEmpty, command.usage.contains("--data") else { return rest }
        return "\(rest.prefix(length)) --data \(data)\(rest.dropFirst(length))"
    }

    private static func data(in words: [String]) -> String? {
        if let given = words.first(where: { $0.hasPrefix("--data=") }) { return String(given.dropFirst(7)) }
        guard let place = words.firstIndex(of: "--data"), place + 1 < words.count else { return nil }
        return words[place + 1]
    }
}
