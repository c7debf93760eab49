import CoreMetrics
import Runtime
import Synchronization

/// How often values fell into which bucket, their sum and their count. Buckets are fixed when the metric is made.
public final class MetricHistogram: @unchecked Sendable {
    // Unchecked: `buckets` points to atomics that live as long as this object; nothing else changes.
    /// Upper bounds, ascending; one more bucket counts what lies above the last.
    public let bounds: [Double]
    private let buckets: UnsafeMutablePointer<Atomic<UInt64>>
    private let sumBits = Atomic<UInt64>(0)

    /// Seconds, for requests: from a tenth of a millisecond to ten seconds.
    public static let latencySeconds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    init(bounds: [Double]) {
        precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds must ascend: \(bounds)")
        self.bounds = bounds
        buckets = .allocate(capacity: bounds.count + 1)
        for index in 0...bounds.count { (buckets + index).initialize(to: Atomic(0)) }
    }

    deinit {
        buckets.deinitialize(count: bounds.count + 1)
        buckets.deallocate()
    }

    public func observe(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        buckets[index].wrappingAdd(1, ordering: .relaxed)
        atomicAdd(sumBits, value)
    }

    /// A duration, in seconds.
    public func observe(_ duration: Duration) { observe(Double(duration.microseconds) / 1_000_000) }

    public var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }
    public var count: UInt64 { counts.reduce(0, +) }
    /// One count a bucket, not cumulated, the one above the last bound included.
    public var counts: [UInt64] { (0...bounds.count).map { buckets[$0].load(ordering: .relaxed) } }

    /// The value below which `share` of the observations lie, interpolated within its bucket; nil without observations.
    public func quantile(_ share: Double) -> Double? {
        let counts = counts
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= rank {
                guard index < bounds.count else { return bounds.last }
                let lower = index == 0 ? 0 : bounds[index - 1]
                return lower + (bounds[index] - lower) * max(0, rank - below) / Double(count)
            }
            below += Double(count)
        }
        return bounds.last
    }
}

extension MetricHistogram: RecorderHandler, TimerHandler {
    public func record(_ value: Int64) { observe(Double(value)) }
    public func record(_ value: Double) { observe(value) }
    public func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1_000_000_000) }
}
