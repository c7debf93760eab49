/// A run to be done: what decides it, and what is to be told of it.
public struct RunRequest: Codable, Sendable, Hashable {
    public enum Source: Codable, Sendable, Hashable {
        /// Everything drawn from a seed.
        case seed(UInt64, Strategy)
        /// Everything as on a tape.
        case tape(Tape)
        /// As on a tape up to one of its draws, then drawn from a seed.
        case branch(Tape, afterDraws: Int, seed: UInt64)
        /// First come first served, no faults but two crashes: one at a place, one so many places after it.
        case crashPair(seed: UInt64, CrashPlace, placesLater: Int)
    }

    /// Where it stands in a list of requests.
    public var number: Int
    public var source: Source
    /// Put all events into the report.
    public var keepsEvents = false
    /// Write down every draw, the benign ones too.
    public var keepsDraws = false
    /// List every place at which a crash is possible.
    public var listsPlaces = false
    /// How often this run was done before: a run that is repeated gets another layout of memory, so that what follows from addresses differs.
    public var repetition = 0

    public init(_ source: Source, number: Int = 0, keepsEvents: Bool = false) {
        self.source = source
        self.number = number
        self.keepsEvents = keepsEvents
    }

    /// Of the instances' random streams.
    public var seed: UInt64 {
        switch source {
        case .seed(let seed, _), .crashPair(let seed, _, _): seed
        case .tape(let tape), .branch(let tape, _, _): tape.seed
        }
    }
}

/// What came of it.
public struct RunAnswer: Codable, Sendable {
    public var report: RunReport
    public var draws: [DrawRecord]?
    public var places: [CrashPlace]?
    /// Real seconds.
    public var seconds: Double
}

/// One draw of a run, benign or not.
public struct DrawRecord: Codable, Sendable, Hashable, CustomStringConvertible {
    public var domain: ChoiceDomain
    public var entity: String
    public var index: Int
    public var arity: Int
    public var value: Int
    /// How many events the history had.
    public var events: Int

    public var description: String { "\(domain.rawValue) \(entity) #\(index): \(value) of \(arity)" }
}
