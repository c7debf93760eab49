/// What makes a world live or simulated.
protocol WorldEngine: AnyObject, Sendable {
    /// What the clock of `instance` shows.
    func now(of instance: String) -> Timestamp
    var seed: UInt64 { get }
    var probe: (any PointProbe)? { get }
    func makeLane(_ name: String, process: String) -> any Lane

    /// Notes that an instance starts to wait; the answer is handed to `waitEnds`. Live worlds note nothing.
    func waitBegins(instance: String, reason: () -> String) -> UInt64
    func waitEnds(_ wait: UInt64)
}
