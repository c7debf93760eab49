import CoreMetrics
import Synchronization

/// All metrics of one service, by name and labels.
///
///     let placed = metrics.counter("orders_placed_total", "Orders accepted.")     // once, in an initialiser
///     placed.increment()                                                          // on the hot path
///
/// Asking again for the same name and labels answers the same metric. It is a `MetricsFactory` too, for libraries that take one;
/// it is never bootstrapped globally.
public final class MetricRegistry: Sendable {
    enum Series: Sendable {
        case counter(MetricCounter)
        case gauge(MetricGauge)
        case computed(@Sendable () -> Double)
        case histogram(MetricHistogram)
    }

    struct Family: Sendable {
        let kind: MetricKind
        var help: String
        var series = [String: (labels: [String: String], series: Series)]()

        mutating func series(
            _ name: String, _ help: String, _ kind: MetricKind, _ labels: [String: String], max: Int, make: () -> Series
        ) -> Series {
            precondition(self.kind == kind, "\(name) is a \(self.kind.rawValue), not a \(kind.rawValue)")
            if self.help.isEmpty { self.help = help }
            var labels = labels
            var key = MetricRegistry.key(of: labels)
            if let found = series[key] { return found.series }
            if series.count >= max {
                labels = ["overflow": "true"]
                key = MetricRegistry.key(of: labels)
                if let found = series[key] { return found.series }
            }
            let made = make()
            series[key] = (labels, made)
            return made
        }
    }

    private let families = Mutex([String: Family]())

    /// - Parameter seriesMax: different label values of one metric that are kept; more of them share one series labelled `overflow="true"`.
    public init(seriesMax: Int = 1000) { self.seriesMax = seriesMax }
    private let seriesMax: Int

    public func counter(_ name: String, _ help: String = "", labels: [String: String] = [:]) -> MetricCounter {
        let series = series(name, help, .counter, labels) { .counter(MetricCounter()) }
        if case .counter(let counter) = series { return counter }
        preconditionFailure("\(name) is registered as another kind of metric")
    }

    public func gauge(_ name: String, _ help: String = "", labels: [String: String] = [:]) -> MetricGauge {
        let series = series(name, help, .gauge, labels) { .gauge(MetricGauge()) }
        if case .gauge(let gauge) = series { return gauge }
        preconditionFailure("\(name) is registered as another kind of metric")
    }

    /// A gauge whose value is computed whenever somebody looks.
    public func gauge(_ name: String, _ help: String = "", labels: [String: String] = [:], value: @escaping @Sendable () -> Double) {
        _ = series(name, help, .gauge, labels) { .computed(value) }
    }

    public func histogram(
        _ name: String, _ help: String = "", labels: [String: String] = [:], buckets: [Double] = MetricHistogram.latencySeconds
    ) -> MetricHistogram {
        let series = series(name, help, .histogram, labels) { .histogram(MetricHistogram(bounds: buckets)) }
        if case .histogram(let histogram) = series { return histogram }
        preconditionFailure("\(name) is registered as another kind of metric")
    }

    /// Every series in the order of name and labels.
    public func samples() -> [MetricSample] {
        let families = families.withLock { $0 }
        return families.sorted { $0.key < $1.key }.flatMap { name, family in
            family.series.sorted { $0.key < $1.key }.map { _, entry in
                MetricSample(name: name, help: family.help, kind: family.kind, labels: entry.labels, value: Self.value(of: entry.series))
            }
        }
    }

    private static func value(of series: Series) -> MetricSample.Value {
        switch series {
        case .counter(let counter): .number(Double(counter.value))
        case .gauge(let gauge): .number(gauge.value)
        case .computed(let value): .number(value())
        case .histogram(let histogram): .histogram(bounds: histogram.bounds, counts: histogram.counts, sum: histogram.sum)
        }
    }

    private func series(
        _ name: String, _ help: String, _ kind: MetricKind, _ labels: [String: String], make: () -> Series
    ) -> Series {
        precondition(Self.isValid(name), "\(name) is not a metric's name: letters, digits and underscores")
        return families.withLock { families in
            // In place: a copy of the family for each new series would make their number cost its square.
            families[name, default: Family(kind: kind, help: help)].series(name, help, kind, labels, max: seriesMax, make: make)
        }
    }

    static func key(of labels: [String: String]) -> String {
        labels.isEmpty ? "" : labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
    }

    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.first!.isDigit && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    }
}

public enum MetricKind: String, Sendable, Codable { case counter, gauge, histogram }

/// One series at one moment.
public struct MetricSample: Sendable {
    public enum Value: Sendable {
        case number(Double)
        /// Counts a bucket, not cumulated; one more than there are bounds.
        case histogram(bounds: [Double], counts: [UInt64], sum: Double)
    }
    public let name: String
    public let help: String
    public let kind: MetricKind
    public let labels: [String: String]
    public let value: Value
}

extension UInt8 {
    fileprivate var isDigit: Bool { (48...57).contains(self) }
    fileprivate var isLetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
}
