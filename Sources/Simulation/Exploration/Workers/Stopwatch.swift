#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Real seconds since it was made. Exploring takes place in the real world: its budgets and reports are in real time, and no run sees it.
struct Stopwatch: Sendable {
    private let start = ContinuousClock.now

    var seconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Lets 5 ms pass.
    func nap() { _ = poll(nil, 0, 5) }
}
