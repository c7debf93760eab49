import Foundation

/// What one run of one case gave.
struct Sample {
    var count: Int
    var seconds: Double
    /// Latencies in microseconds, sorted.
    var latencies: [Double]

    init(count: Int, seconds: Double, latencies: [Double] = []) {
        self.count = count
        self.seconds = seconds
        self.latencies = latencies.sorted()
    }

    var perSecond: Double { seconds > 0 ? Double(count) / seconds : 0 }
    func percentile(_ share: Double) -> Double { latencies.isEmpty ? 0 : latencies[Int(share * Double(latencies.count - 1))] }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}

/// Seconds on the monotonic clock.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The table that `labbench all` prints: figures as medians over rounds, ratios taken inside each round.
struct ResultTable {
    struct Row {
        let name: String
        let value: String
        let p50: String
        let p99: String
        let limit: String
        let ratio: String
    }
    private(set) var rows = [Row]()

    /// - Parameter limit: what stands beside it and its samples of the same rounds.
    mutating func add(_ name: String, unit: String, _ samples: [Sample], limit: (name: String, samples: [Sample])? = nil) {
        let ratio = limit.map { zip(samples, $0.samples).map { $0.perSecond / $1.perSecond } }
        rows.append(
            Row(
                name: name, value: Self.number(median(samples.map(\.perSecond))) + " " + unit,
                p50: Self.microseconds(median(samples.map { $0.percentile(0.5) })),
                p99: Self.microseconds(median(samples.map { $0.percentile(0.99) })),
                limit: limit.map { "\($0.name) \(Self.number(median($0.samples.map(\.perSecond))))" } ?? "",
                ratio: ratio.map { String(format: "%.2f", median($0)) } ?? ""))
    }

    mutating func add(_ name: String, value: String, limit: String = "", ratio: String = "") {
        rows.append(Row(name: name, value: value, p50: "", p99: "", limit: limit, ratio: ratio))
    }

    func print() {
        let header = Row(name: "case", value: "median", p50: "p50", p99: "p99", limit: "raw limit in the same round", ratio: "ratio")
        let all = [header] + rows
        let columns: [KeyPath<Row, String>] = [\.name, \.value, \.p50, \.p99, \.limit, \.ratio]
        let widths = columns.map { column in all.map { $0[keyPath: column].count }.max()! }
        for (index, row) in all.enumerated() {
            let cells = zip(columns, widths).enumerated().map { position, cell in
                let text = row[keyPath: cell.0]
                let space = String(repeating: " ", count: cell.1 - text.count)
                return position == 0 || position == 4 ? text + space : space + text
            }
            Swift.print("| " + cells.joined(separator: " | ") + " |")
            if index == 0 { Swift.print("|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|") }
        }
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
