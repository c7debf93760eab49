/// The table of crash points: where an instance can end, how often a run comes there, and what became of the runs that ended there.
public struct CrashTable: Codable, Sendable, Hashable {
    public struct Row: Codable, Sendable, Hashable {
        public var point: String
        public var instance: String
        /// How often the run without any crash comes there: as many runs were done, one crash each.
        public var reached: Int
        /// Runs done.
        public var runs: Int
        /// `passed`, or what the failures show: `no-order-lost (2 of 14)`.
        public var verdict: String
        public var failures: [Failure]
    }

    public struct Failure: Codable, Sendable, Hashable {
        /// Which time the instance was there, from 1.
        public var time: Int
        public var verdict: Verdict
        public var tape: Tape
    }

    private struct Key: Hashable, Comparable {
        let instance: String
        let point: String
        static func < (a: Key, b: Key) -> Bool { (a.instance, a.point) < (b.instance, b.point) }
    }

    public private(set) var rows = [Row]()

    public init(places: [CrashPlace]) {
        var reached = [Key: Int]()
        for place in places { reached[Key(instance: place.instance, point: place.point), default: 0] += 1 }
        rows = reached.sorted { $0.key < $1.key }.map {
            Row(point: $0.key.point, instance: $0.key.instance, reached: $0.value, runs: 0, verdict: "not run", failures: [])
        }
    }

    /// Notes a run that ended at `place`.
    public mutating func note(_ place: CrashPlace, _ verdict: Verdict, _ tape: Tape) {
        guard let index = rows.firstIndex(where: { $0.instance == place.instance && $0.point == place.point }) else { return }
        rows[index].runs += 1
        if !verdict.isPassed {
            rows[index].failures.append(Failure(time: place.index + 1, verdict: verdict, tape: tape))
            rows[index].failures.sort { $0.time < $1.time }
        }
        rows[index].verdict = Self.word(rows[index])
    }

    private static func word(_ row: Row) -> String {
        guard !row.failures.isEmpty else { return "passed" }
        let kinds = Dictionary(grouping: row.failures, by: \.verdict.kind).mapValues(\.count)
        return kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value) of \(row.runs))" }.joined(
            separator: ", ")
    }

    /// Places, and runs done for them.
    public var places: Int { rows.reduce(0) { $0 + $1.reached } }
    public var runs: Int { rows.reduce(0) { $0 + $1.runs } }
    public var failedRows: [Row] { rows.filter { !$0.failures.isEmpty } }
}
