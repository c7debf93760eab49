import Foundation
import Runtime

/// What kind of decision a choice is.
public enum ChoiceDomain: String, Codable, Sendable, Hashable, CaseIterable {
    /// Which ready lane goes next.
    case schedule
    /// Whether the clock moves although there is work to do.
    case time
    /// Whether a fault strikes.
    case fault
    /// What a workload does.
    case workload
    /// Which costly look is taken.
    case check
}

/// One decision of a run that was not the benign one.
///
/// Each entity counts its own choices, so that leaving one out does not shift what the others mean.
public struct Choice: Codable, Sendable, Hashable {
    public var domain: ChoiceDomain
    /// Who or what is decided about: a lane, `service.crash/orders/store.after`, a name given by a workload.
    public var entity: String
    /// Which of the entity's choices, from 0.
    public var index: Int
    /// How many values there were to choose from.
    public var arity: Int
    /// 1 ..< arity; 0 is the benign choice and never written down.
    public var value: Int

    public init(_ domain: ChoiceDomain, _ entity: String, index: Int, arity: Int, value: Int) {
        self.domain = domain
        self.entity = entity
        self.index = index
        self.arity = arity
        self.value = value
    }
}

/// A whole run in a few lines: everything first come first served and no faults, except for the listed choices.
///
/// A tape gives the same history in every process and every build of the same code.
public struct Tape: Codable, Sendable, Hashable {
    /// Of this structure.
    public var format: Int
    /// Name of the scenario.
    public var scenario: String
    /// Of the instances' random streams.
    public var seed: UInt64
    public var choices: [Choice]
    /// What the run violates; nil for a tape of a run that passes.
    public var oracle: String?
    /// What it shows, for people.
    public var note: String?

    /// 2 writes down a move of the clock as a choice of time; 1 wrote it as one of the schedule, and is still read.
    public static let currentFormat = 2
    private static let formatsRead = 1...currentFormat

    public init(scenario: String, seed: UInt64, choices: [Choice] = [], oracle: String? = nil, note: String? = nil) {
        format = Self.currentFormat
        self.scenario = scenario
        self.seed = seed
        self.choices = choices
        self.oracle = oracle
        self.note = note
    }

    /// - Throws: ``TapeError`` when there is no such file, or when it is no tape of this format.
    public static func read(_ file: URL) throws -> Tape {
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw TapeError("there is no tape at \(file.path)")
        }
        let tape: Tape
        do { tape = try JSONDecoder().decode(Tape.self, from: data) } catch {
            throw TapeError("\(file.lastPathComponent) is no tape: \((error as? DecodingError).map(TapeError.text) ?? "\(error)")")
        }
        guard formatsRead.contains(tape.format) else {
            throw TapeError("\(file.lastPathComponent) has format \(tape.format), this program reads formats 1 to \(currentFormat)")
        }
        return tape
    }

    public static func read(_ path: String) throws -> Tape { try read(URL(fileURLWithPath: path)) }

    public func write(to file: URL) throws {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    /// JSON with a line for each choice, so that versions can be compared.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func json(_ value: some Encodable) -> String {
            // Strings, numbers and structures of them always encode.
            String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
        }
        var lines = ["{", "  \"format\": \(format),", "  \"scenario\": \(json(scenario)),", "  \"seed\": \(seed),"]
        if let oracle { lines.append("  \"oracle\": \(json(oracle)),") }
        if let note { lines.append("  \"note\": \(json(note)),") }
        lines.append("  \"choices\": [")
        for (number, choice) in choices.enumerated() { lines.append("    \(json(choice))\(number + 1 < choices.count ? "," : "")") }
        return (lines + ["  ]", "}", ""]).joined(separator: "\n")
    }
}

/// Why a file is not a tape that can be replayed.
public struct TapeError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }

    static func text(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }
}
