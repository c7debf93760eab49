import Foundation

/// The table that `labbench all` prints: figures as medians over rounds, ratios taken inside each round.
struct ResultTable {
    struct Row {
        let name: String
        let value: String
        let p50: String
        let p99: String
        let limit: String
        let ratio: String
        let goal: String
    }
    private(set) var rows = [Row]()
    /// What else ran while it was measured.
    var neighbours = Neighbours()

    /// What a ratio is taken of.
    enum Figure {
        case perSecond, p50, p99
        func of(_ sample: Sample) -> Double {
            switch self {
            case .perSecond: sample.perSecond
            case .p50: sample.percentile(0.5)
            case .p99: sample.percentile(0.99)
            }
        }
    }

    /// - Parameters:
    ///   - limit: what stands beside it and its samples of the same rounds.
    ///   - figure: what the ratio compares.
    ///   - goal: bounds the ratio.
    mutating func add(
        _ name: String, unit: String, _ samples: [Sample], limit: (name: String, samples: [Sample])? = nil, by figure: Figure = .perSecond,
        goal: Goal? = nil
    ) {
        let ratio = limit.map { median(zip(samples, $0.samples).map { figure.of($0) / figure.of($1) }) }
        let beside = limit.map { limit in
            let value = median(limit.samples.map(figure.of))
            return "\(limit.name) " + (figure == .perSecond ? Self.number(value) : Self.microseconds(value))
        }
        rows.append(
            Row(
                name: name, value: Self.number(median(samples.map(\.perSecond))) + " " + unit,
                p50: Self.microseconds(median(samples.map { $0.percentile(0.5) })),
                p99: Self.microseconds(median(samples.map { $0.percentile(0.99) })),
                limit: beside ?? "", ratio: ratio.map { String(format: "%.2f", $0) } ?? "",
                goal: goal.flatMap { goal in ratio.map(goal.verdict) } ?? ""))
    }

    /// A figure of its own.
    /// - Parameter format: of the value, with its unit.
    mutating func add(_ name: String, _ values: [Double], format: String, limit: String = "", goal: Goal? = nil) {
        let value = median(values)
        rows.append(
            Row(
                name: name, value: String(format: format, value), p50: "", p99: "", limit: limit, ratio: "",
                goal: goal?.verdict(value) ?? ""))
    }

    func print() {
        let header = Row(
            name: "case", value: "median", p50: "p50", p99: "p99", limit: "raw limit in the same round", ratio: "ratio", goal: "goal")
        let all = [header] + rows
        let columns: [KeyPath<Row, String>] = [\.name, \.value, \.p50, \.p99, \.limit, \.ratio, \.goal]
        let isText = [true, false, false, false, true, false, true]
        let widths = columns.map { column in all.map { $0[keyPath: column].count }.max()! }
        for (index, row) in all.enumerated() {
            let cells = columns.indices.map { place in
                let text = row[keyPath: columns[place]]
                let space = String(repeating: " ", count: widths[place] - text.count)
                return isText[place] ? text + space : space + text
            }
            Swift.print("| " + cells.joined(separator: " | ") + " |")
            if index == 0 { Swift.print("|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|") }
        }
        guard neighbours.coresMax > Neighbours.coresQuiet else { return }
        Swift.print(
            String(format: "\nOther processes used up to %.1f cores before a round: measure again when all is quiet.", neighbours.coresMax))
    }

    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if value < 100 { return String(format: "%.1f", value) }
        var digits = String(Int(value.rounded()))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
            index -= 3
        }
        return digits
    }

    static func microseconds(_ value: Double) -> String {
        if value == 0 { return "" }
        return value < 1000 ? String(format: "%.0f µs", value) : String(format: "%.2f ms", value / 1000)
    }
}
