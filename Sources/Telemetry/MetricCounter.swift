import CoreMetrics
import Synchronization

/// A number that only grows: requests answered, messages published. One relaxed atomic addition a change.
public final class MetricCounter: Sendable {
    private let count = Atomic<Int64>(0)

    init() {}

    public func increment(by amount: Int = 1) { count.wrappingAdd(Int64(amount), ordering: .relaxed) }
    public var value: Int { Int(count.load(ordering: .relaxed)) }
}

extension MetricCounter: CounterHandler {
    public func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    /// Prometheus sees a reset as a restart of the process.
    public func reset() { count.store(0, ordering: .relaxed) }
}
