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

/// Processor time of this process so far, in microseconds.
func processorMicroseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1000
}
