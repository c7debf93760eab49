import Foundation
import Runtime

/// A failure of the lab itself, in the three parts every error of `labctl` has: what happened, why, and what to type next.
///
///     throw LabError(.notRunning, "no lab is running on /tmp/demo", next: "labctl up --data /tmp/demo")
public struct LabError: Error, Codable, Sendable, CustomStringConvertible, LocalizedError {
    /// Decides the exit code of `labctl`.
    public enum Kind: String, Codable, Sendable {
        /// It was tried and did not work: exit code 1.
        case failed
        /// A name, a flag or a file is wrong; nothing was tried: exit code 2.
        case usage
        /// The time given to wait is over: exit code 7.
        case timedOut = "timed_out"
        /// There is no lab, or it does not run and the verb needs it to: exit code 17.
        case notRunning = "not_running"

        public var exitCode: Int32 {
            switch self {
            case .failed: 1
            case .usage: 2
            case .timedOut: 7
            case .notRunning: 17
            }
        }
    }

    public let kind: Kind
    public let what: String
    public let why: String?
    /// A command, or a sentence with one.
    public let next: String?

    public init(_ kind: Kind, _ what: String, why: String? = nil, next: String? = nil) {
        self.kind = kind
        self.what = what
        self.why = why
        self.next = next
    }

    public var description: String { [what, why, next.map { "next: \($0)" }].compactMap(\.self).joined(separator: "\n") }
    public var errorDescription: String? { description }

    /// A name that is not among `known`, with the nearest one that is.
    /// - Parameter list: the command that shows the names there are.
    public static func unknown(_ what: String, _ name: String, known: [String], list: String? = nil) -> LabError {
        let nearest = EditDistance.nearest(to: name, among: known)
        let names = known.isEmpty ? "there are none" : "known: \(known.sorted().joined(separator: ", "))"
        return LabError(
            .usage, "there is no \(what) named \"\(name)\"", why: nearest.map { "did you mean \"\($0)\"? \(names)" } ?? names, next: list)
    }
}
