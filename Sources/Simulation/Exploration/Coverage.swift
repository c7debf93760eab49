/// What a set of runs has reached.
public struct Coverage: Codable, Sendable, Hashable {
    public struct Row: Codable, Sendable, Hashable {
        public var instance: String
        public var point: String
        /// In how many runs.
        public var runs: Int
        /// How often in all.
        public var reached: Int
    }

    private var counts = [String: [String: Count]]()
    /// How often each kind of fault has struck.
    public private(set) var faults = [String: Int]()
    /// Claims made with `sometimes`, and in how many runs each was seen true.
    public private(set) var claims = [String: Int]()

    private struct Count: Codable, Hashable {
        var runs = 0
        var reached = 0
    }

    public init() {}

    public init(_ reports: some Sequence<RunReport>) {
        for report in reports { add(report) }
    }

    public mutating func add(_ report: RunReport) {
        for point in report.points {
            counts[point.instance, default: [:]][point.point, default: Count()].runs += 1
            counts[point.instance]![point.point]!.reached += point.reached
        }
        for (kind, times) in report.faults { faults[kind, default: 0] += times }
        for (claim, isSeen) in report.claims { claims[claim, default: 0] += isSeen ? 1 : 0 }
    }

    /// The points, by instance and name.
    public var points: [Row] {
        counts.flatMap { instance, points in
            points.map { Row(instance: instance, point: $0.key, runs: $0.value.runs, reached: $0.value.reached) }
        }.sorted { ($0.instance, $0.point) < ($1.instance, $1.point) }
    }

    /// Claims that no run has seen true: what is not tested.
    public var unseen: [String] { claims.filter { $0.value == 0 }.map(\.key).sorted() }

    /// How many kinds of faults have struck, of how many there are.
    public var faultKinds: (struck: Int, all: Int) { (faults.filter { $0.value > 0 }.count, FaultKind.allCases.count) }
}
