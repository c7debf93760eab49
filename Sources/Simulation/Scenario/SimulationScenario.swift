import Lab
import Runtime

/// What a simulation does, what may go wrong in it, and what must hold all the same.
///
/// A run has five phases: *boot* (the lab starts, nothing fails), *chaos* (the workload runs, faults strike), *heal* (no more faults:
/// clocks are right, nobody is cut off), *settle* (until everything runs again and nothing is on its way), *check* (the oracles look at
/// what is left).
public protocol SimulationScenario: Sendable {
    /// Unique; by it a tape finds its scenario: `checkout.chaos`.
    static var name: String { get }
    static var summary: String { get }
    var topology: Topology { get throws }
    var roster: Roster { get }
    /// Draws through ``SimulatedLab/choose(_:below:)``, so that what it does is on the tape.
    func workload(_ lab: SimulatedLab) async throws
    var faults: FaultProfile { get }
    /// What must hold. The values may be kept from run to run: what an oracle remembers of a run is in its ``PerRun``.
    var oracles: [any Oracle] { get }
    var limits: SimulationLimits { get }
}

extension SimulationScenario {
    public static var summary: String { "" }
    public var roster: Roster { .standard }
    public var faults: FaultProfile { .none }
    public var limits: SimulationLimits { SimulationLimits() }
}

/// When a run is given up.
public struct SimulationLimits: Sendable, Hashable {
    /// Jobs.
    public var stepsMax: Int
    /// Virtual time from the end of the workload to quiescence.
    public var settlesWithin: Duration
    /// Real time without any progress after which a worker process is held to hang; to the millisecond, looked at every 50 ms or so.
    public var hangsAfter: Duration

    public init(stepsMax: Int = 1_000_000, settlesWithin: Duration = .hours(6), hangsAfter: Duration = .seconds(10)) {
        self.stepsMax = stepsMax
        self.settlesWithin = settlesWithin
        self.hangsAfter = hangsAfter
    }
}

extension Duration {
    public static func minutes(_ minutes: Int64) -> Duration { .seconds(minutes * 60) }
    public static func hours(_ hours: Int64) -> Duration { .seconds(hours * 3600) }
}
