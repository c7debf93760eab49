import Runtime

/// How a run ended.
public enum Verdict: Codable, Sendable, Hashable {
    case passed
    /// An oracle found what must not be.
    case violated(Violation)
    /// Nothing was ready and no timer was set, yet the workload had not returned: who waits for what.
    case stalled(String)
    /// Something was still on its way after the virtual time allowed: what is open, and who waits for what.
    case notSettled(String)
    /// Work arrived from outside of the simulation: not deterministic.
    case escaped(String)
    /// More work than the bound allows.
    case endless(String)
    /// The workload, or the lab's start, threw.
    case failed(String)
    /// The process of the run ended: a trap.
    case trapped(String)
    /// No progress in real time: a blocked thread.
    case hung(String)

    public var isPassed: Bool { self == .passed }

    public var isHung: Bool {
        if case .hung = self { return true }
        return false
    }

    /// The run took its process with it, and its events.
    public var endsProcess: Bool {
        switch self {
        case .trapped, .hung: true
        default: false
        }
    }

    /// `passed`, `violated`, … for tables.
    public var word: String {
        switch self {
        case .passed: "passed"
        case .violated: "violated"
        case .stalled: "stalled"
        case .notSettled: "not settled"
        case .escaped: "escaped"
        case .endless: "endless"
        case .failed: "failed"
        case .trapped: "trapped"
        case .hung: "hung"
        }
    }

    /// What is wrong, in words; empty for a run that passed.
    public var detail: String {
        switch self {
        case .passed: ""
        case .violated(let violation): violation.description
        case .stalled(let text), .notSettled(let text), .escaped(let text), .endless(let text), .failed(let text), .trapped(let text),
            .hung(let text):
            text
        }
    }

    /// Equal for verdicts that show the same defect, whatever the details: the oracle, or the kind.
    public var kind: String {
        if case .violated(let violation) = self { return violation.oracle }
        return word
    }
}

/// What an oracle found.
public struct Violation: Error, Codable, Sendable, Hashable, CustomStringConvertible {
    public var oracle: String
    public var expected: String
    public var found: String
    /// Number of the event after which it was found.
    public var event: Int?
    /// Virtual time, RFC 3339.
    public var at: String?

    public init(oracle: String, expected: String, found: String, event: Int? = nil, at: String? = nil) {
        self.oracle = oracle
        self.expected = expected
        self.found = found
        self.event = event
        self.at = at
    }

    public var description: String { "\(oracle): expected \(expected), found \(found)" }
}

/// An event of a history as it is written down.
public struct EventRecord: Codable, Sendable, Hashable {
    public var number: Int
    public var cause: Int?
    /// Virtual microseconds since 1970.
    public var micros: Int64
    public var instance: String
    public var point: String
    public var subject: String

    init(_ event: History.Event) {
        number = event.number
        cause = event.cause
        micros = event.time.microseconds
        instance = event.instance
        point = event.point.name
        subject = event.subject
    }
}

/// One run, summed up.
public struct RunReport: Codable, Sendable {
    public struct PointCount: Codable, Sendable, Hashable {
        public var point: String
        public var instance: String
        public var reached: Int
    }

    public var scenario: String
    public var seed: UInt64
    /// What it came to, where a portfolio was asked for; `tape`, `branch`, `crash pair`.
    public var strategy: String
    public var verdict: Verdict
    public var digest: String
    public var tape: Tape
    /// Choices of a replayed tape that the run never came to.
    public var vanished: [Choice]
    public var virtualSeconds: Double
    public var eventCount: Int
    public var draws: Int
    /// Points reached after the boot, sorted.
    public var points: [PointCount]
    public var faults: [String: Int]
    /// Claims made with `sometimes`, and whether each was seen true.
    public var claims: [String: Bool]
    /// Number of the first event after the boot.
    public var bootEvents: Int
    /// All events, when asked for.
    public var events: [EventRecord]?
    /// The strategy that was asked for, which with the seed gives this run again; nil where only the tape does: runs of a tape, branches,
    /// crashes that were placed.
    public var drawnBy: Strategy?
}
