import Runtime

extension SagaInstance {
    /// The saga for a terminal: a line a step.
    ///
    ///     checkout 42  compensating: card declined
    ///       ✓ reserve stock       10:00:00.012   4 ms
    ///       ✗ authorise payment   10:00:00.016  11 ms
    ///       · confirm order  (pivot)
    ///
    /// ✓ done, ▶ now, · ahead, – did not apply, ✗ refused, ? timed out, ⟲ being undone, ↩ undone.
    public var text: String {
        let width = steps.map(\.name.count).max() ?? 0
        var lines = ["\(definition) \(id)  \(status.rawValue)" + (reason.map { ": \($0)" } ?? "")]
        for (index, step) in steps.enumerated() {
            var line = "  \(step.status.mark) \(step.name.padded(to: width))"
            if let start = step.startedAt { line += "  \(start.timeOfDay)" }
            if let start = step.startedAt, let end = step.endedAt { line += "  \(Self.text(end - start))" }
            if outline.steps[index].isPivot { line += "  (pivot)" }
            if index == position, !status.isEnded, attempt > 1 { line += "  attempt \(attempt)" }
            while line.last == " " { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    /// What happened, a line an event.
    public var logText: String {
        let width = log.map(\.step.count).max() ?? 0
        return log.map { entry in
            "\(entry.at.timeOfDay)  \(entry.step.padded(to: width))  \(entry.event.rawValue)" + (entry.detail.map { "  \($0)" } ?? "")
        }.joined(separator: "\n")
    }

    /// `4 ms`, `1.250 s`, `2 h 5 min`.
    private static func text(_ duration: Duration) -> String {
        let microseconds = duration.microseconds
        if microseconds < 1000 { return "\(microseconds) µs" }
        if microseconds < 1_000_000 { return "\(microseconds / 1000) ms" }
        let seconds = microseconds / 1_000_000
        if seconds < 60 { return "\(seconds).\(String(1000 + microseconds / 1000 % 1000).dropFirst()) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }
}

extension SagaStepStatus {
    public var mark: String {
        switch self {
        case .ahead: "·"
        case .now: "▶"
        case .done: "✓"
        case .skipped: "–"
        case .failed: "✗"
        case .unknown: "?"
        case .compensating: "⟲"
        case .compensated: "↩"
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Timestamp {
    /// `10:00:00.012`, UTC.
    fileprivate var timeOfDay: String {
        let whole = Timestamp(microseconds: microseconds - microseconds % 1000).rfc3339.dropFirst(11).dropLast()
        return whole.contains(".") ? String(whole.prefix(12)) : whole + ".000"
    }
}
