import Foundation

/// What else runs on this machine: figures taken beside a busy neighbour say nothing.
struct Neighbours {
    /// Used by others before the rounds, after waiting for quiet: the most there was, in cores.
    private(set) var coresMax = 0.0
    /// Above this a round waits.
    static let coresQuiet = 0.15

    /// Waits until others use next to nothing, at most `limit` seconds.
    mutating func waitForQuiet(atMost limit: Double = 20) {
        let start = seconds()
        var cores = Self.coresInUse()
        while cores > Self.coresQuiet, seconds() - start < limit { cores = Self.coresInUse() }
        coresMax = max(coresMax, cores)
    }

    /// Measured while this process sleeps.
    private static func coresInUse() -> Double {
        let (before, start) = (busyTicks(), seconds())
        usleep(500_000)
        return (busyTicks() - before) / Double(sysconf(Int32(_SC_CLK_TCK))) / (seconds() - start)
    }

    /// Of all processors since the system started; idle and waiting for a device are the fourth and fifth field.
    private static func busyTicks() -> Double {
        let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""  // where there is none, all is quiet
        let fields = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap { Double($0) }
        return fields.enumerated().reduce(0) { $1.offset == 3 || $1.offset == 4 ? $0 : $0 + $1.element }
    }
}
