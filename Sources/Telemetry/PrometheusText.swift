/// The Prometheus text exposition format, version 0.0.4: what `/metrics` answers.
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Samples must come in the order of their names, as ``MetricRegistry/samples()`` gives them.
    /// - Parameter extraLabels: added to every series, such as the service's name when several registries share one page.
    public static func write(_ samples: [MetricSample], extraLabels: [String: String] = [:]) -> String {
        var text = ""
        var family = ""
        for sample in samples {
            if sample.name != family {
                family = sample.name
                if !sample.help.isEmpty { text += "# HELP \(sample.name) \(escape(sample.help, quotes: false))\n" }
                text += "# TYPE \(sample.name) \(sample.kind.rawValue)\n"
            }
            let labels = sample.labels.merging(extraLabels) { own, _ in own }
            switch sample.value {
            case .number(let value):
                text += "\(sample.name)\(braced(labels)) \(number(value))\n"
            case .histogram(let bounds, let counts, let sum):
                var cumulated: UInt64 = 0
                for (index, count) in counts.enumerated() {
                    cumulated += count
                    let bound = index < bounds.count ? number(bounds[index]) : "+Inf"
                    text += "\(sample.name)_bucket\(braced(labels, le: bound)) \(cumulated)\n"
                }
                text += "\(sample.name)_sum\(braced(labels)) \(number(sum))\n"
                text += "\(sample.name)_count\(braced(labels)) \(cumulated)\n"
            }
        }
        return text
    }

    private static func braced(_ labels: [String: String], le bound: String? = nil) -> String {
        var parts = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escape($0.value, quotes: true))\"" }
        if let bound { parts.append("le=\"\(bound)\"") }
        return parts.isEmpty ? "" : "{" + parts.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
