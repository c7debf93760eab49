import ArgumentParser
import Foundation
import Lab
import Runtime

/// What the parser of the command line refuses, in the shape of every error: what, why, what to type next.
struct UsageComplaint {
    private let words: [String]
    private let message: String
    /// What an option is for, where the parser says it.
    private let help: String?

    /// - Parameters:
    ///   - words: the command line without the program.
    ///   - error: what parsing it, or a verb's own check of its options, threw.
    init(_ words: [String], _ error: any Error) {
        self.words = words
        message = Labctl.message(for: error)
        help = Labctl.fullMessage(for: error).split(separator: "\n").first { $0.hasPrefix("Help:") }
            .map { $0.dropFirst(5).trimmingCharacters(in: .whitespaces).replacing("  ", with: ": ") }
    }

    var error: LabError {
        let command = CommandWords(words)
        if let unknown = command.unknown {
            let group = command.path.dropFirst().map { "\($0._commandName) " }.joined()
            return .unknown("verb", group + unknown, known: command.known.map { group + $0 }, list: "\(command.text) --help")
        }
        var (what, why) = (message, dashedValue ?? help)
        if let option = unknownOption {
            what = "there is no option \(option)"
            let options = Labctl.helpMessage(for: command.path.last!).matches(of: #/--[a-z][a-z-]*/#).map { String($0.output) }
            why = EditDistance.nearest(to: option, among: options).map { "did you mean \($0)?" }
        } else if why == nil, let colon = what.range(of: ": "), what.first?.isUppercase == false {
            // What a verb says itself: the reason after the fact.
            why = String(what[colon.upperBound...])
            what = String(what[..<colon.lowerBound])
        }
        if why == nil, message.first?.isUppercase == true, command.usage.count <= Self.usageMax { why = "it is used so: \(command.usage)" }
        return LabError(.usage, what.prefix(1).lowercased() + what.dropFirst(), why: why, next: "\(command.text) --help")
    }

    private var unknownOption: String? {
        guard message.hasPrefix("Unknown option '") else { return nil }
        return message.split(separator: "'").dropFirst().first.map(String.init)
    }

    /// Longer ones tell nobody what is wrong.
    private static let usageMax = 120

    /// `--branch -3`: the parser takes the number for an option.
    private var dashedValue: String? {
        guard message.hasPrefix("Missing value for '"),
            let option = message.split(separator: "'").dropFirst().first?.split(separator: " ").first,
            let place = words.firstIndex(of: String(option)), place + 1 < words.count, Double(words[place + 1]) != nil
        else { return nil }
        return "\(words[place + 1]) begins with a dash, as an option does: write \(option)=\(words[place + 1])"
    }
}
