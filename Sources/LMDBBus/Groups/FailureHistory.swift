import Runtime

/// Why a message failed in one group so far: what goes into its retry row and its dead letter.
struct FailureHistory: Hashable {
    static let causesMax = 8

    /// Deliveries that were counted.
    var attempts: Int
    var first: Timestamp
    var last: Timestamp
    /// Oldest first, the newest `causesMax`.
    var causes: [String]

    /// - Parameter reason: cut to 500 characters.
    func adding(attempts: Int, at time: Timestamp, reason: String) -> FailureHistory {
        var new = self
        new.attempts = attempts
        new.last = time
        new.causes = Array((causes + [String(reason.prefix(500))]).suffix(Self.causesMax))
        return new
    }

    init(attempts: Int, at time: Timestamp, reason: String) {
        self.attempts = attempts
        first = time
        last = time
        causes = [String(reason.prefix(500))]
    }

    func encode(into row: inout RowWriter) {
        row.put(UInt32(attempts))
        row.put(first.microseconds)
        row.put(last.microseconds)
        let causes = seeded("bus.dead-letters-without-a-cause") ? [] : causes
        row.put(UInt8(causes.count))
        for cause in causes { row.put(cause) }
    }

    init?(from row: inout RowReader) {
        guard let attempts = row.integer(UInt32.self), let first = row.integer(Int64.self), let last = row.integer(Int64.self),
            let count = row.integer(UInt8.self)
        else { return nil }
        self.attempts = Int(attempts)
        self.first = Timestamp(microseconds: first)
        self.last = Timestamp(microseconds: last)
        causes = []
        for _ in 0..<count {
            guard let cause = row.text() else { return nil }
            causes.append(cause)
        }
    }
}
