#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Real time, real threads, a seed from the system.
final class LiveEngine: WorldEngine {
    let seed = SystemRandomNumberGenerator.seed()
    var probe: (any PointProbe)? { nil }

    func now(of instance: String) -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    func makeLane(_ name: String, process: String) -> any Lane { LiveLane(name: name) }
    func waitBegins(instance: String, reason: () -> String) -> UInt64 { 0 }
    func waitEnds(_ wait: UInt64) {}
}

extension SystemRandomNumberGenerator {
    fileprivate static func seed() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

extension World {
    /// A world of real time and threads. Its other instances come from ``World/instance(_:)``.
    public static func live(instance: String) -> World { World(instance: instance, process: "", engine: LiveEngine()) }
}
