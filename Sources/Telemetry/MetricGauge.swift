import CoreMetrics
import Synchronization

/// A number that goes up and down: connections open, rows waiting.
public final class MetricGauge: Sendable {
    // The bit pattern of a Double: there is no atomic floating-point addition.
    private let bits = Atomic<UInt64>(0)

    init() {}

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    public func set(_ value: Int) { set(Double(value)) }
    public func add(_ amount: Double) { atomicAdd(bits, amount) }
}

extension MetricGauge: MeterHandler, RecorderHandler {
    public func set(_ value: Int64) { set(Double(value)) }
    public func increment(by amount: Double) { add(amount) }
    public func decrement(by amount: Double) { add(-amount) }
    public func record(_ value: Int64) { set(Double(value)) }
    public func record(_ value: Double) { set(value) }
}

/// Adds to a Double kept as its bit pattern.
func atomicAdd(_ bits: borrowing Atomic<UInt64>, _ amount: Double) {
    var seen = bits.load(ordering: .relaxed)
    while true {
        let sum = Double(bitPattern: seen) + amount
        let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum.bitPattern, ordering: .relaxed)
        if exchanged { return }
        seen = original
    }
}
