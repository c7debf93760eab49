/// What shrinking made of a tape.
public struct ShrunkTape: Codable, Sendable {
    /// How many choices of each kind a tape has.
    public struct Size: Codable, Sendable, Hashable, CustomStringConvertible {
        public var workload = 0
        public var faults = 0
        public var schedule = 0

        public init(_ tape: Tape) {
            workload = tape.choices.count { ShrinkPass.workload.covers($0) }
            faults = tape.choices.count { ShrinkPass.faults.covers($0) }
            schedule = tape.choices.count { ShrinkPass.schedule.covers($0) }
        }

        public var total: Int { workload + faults + schedule }

        public var description: String {
            "\(total) \(total == 1 ? "choice" : "choices") (\(workload) of the workload, \(faults) \(faults == 1 ? "fault" : "faults"), \(schedule) of the schedule)"
        }
    }

    public var tape: Tape
    /// The run of the tape, with its events.
    public var report: RunReport
    public var before: Size
    public var after: Size
    /// Candidates that were run.
    public var runs: Int
    /// Real seconds.
    public var seconds: Double
    /// How many of the three replays at the end failed in the same way, with the same history.
    public var confirmed: Int
    /// False when the time was over before nothing could be left out any more.
    public var isMinimal: Bool

    public static let replays = 3
}

/// A tape that cannot be shrunk.
public struct ShrinkError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
