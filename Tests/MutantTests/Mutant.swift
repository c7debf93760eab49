import LabTesting
import Testing

/// One seeded bug of the platform: its name in the code, what it breaks, and where it is hunted.
struct Mutant: Sendable, CustomTestStringConvertible {
    /// What is run to find it.
    enum Ground: Sendable, Hashable {
        case letters, checkoutChaos, checkoutTimers, afterSales, orderEvents

        var scenario: any SimulationScenario {
            switch self {
            case .letters: hunted(LetterDelivery())
            case .checkoutChaos: hunted(CheckoutChaos())
            case .checkoutTimers: hunted(CheckoutTimers())
            case .afterSales: hunted(AfterSales())
            case .orderEvents: hunted(OrderEvents(faults: .swarm))
            }
        }

        /// The same workload and oracles with other faults.
        func scenario(faults: FaultProfile) -> any SimulationScenario {
            switch self {
            case .letters: hunted(LetterDelivery(faults: faults))
            case .checkoutChaos: hunted(CheckoutChaos(faults: faults))
            case .checkoutTimers: hunted(CheckoutTimers(faults: faults))
            case .afterSales: hunted(AfterSales(faults: faults))
            case .orderEvents: hunted(OrderEvents(faults: faults))
            }
        }

        /// As the table has it.
        var name: String { type(of: scenario).name }
    }

    /// As in `seeded("…")`.
    let name: String
    let breaks: String
    let ground: Ground

    init(_ name: String, _ breaks: String, in ground: Ground) {
        self.name = name
        self.breaks = breaks
        self.ground = ground
    }

    var testDescription: String { name }
}

/// A scenario under the bounds of a hunt: what a bug makes run without end is given up early.
struct Hunted<Base: SimulationScenario>: SimulationScenario {
    static var name: String { Base.name }
    static var summary: String { Base.summary }
    let base: Base
    var topology: Topology { get throws { try base.topology } }
    var roster: Roster { base.roster }
    var faults: FaultProfile { base.faults }
    var oracles: [any Oracle] { base.oracles }
    var limits: SimulationLimits { SimulationLimits(stepsMax: 150_000, hangsAfter: .seconds(20)) }
    func workload(_ lab: SimulatedLab) async throws { try await base.workload(lab) }
}

private func hunted(_ scenario: some SimulationScenario) -> any SimulationScenario { Hunted(base: scenario) }
