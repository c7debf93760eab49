import Lab
import Runtime

/// The scenarios that come with the platform, by name: for tapes, for `labctl sim --scenario`, for the tests.
public enum Scenarios {
    public static let all: [any SimulationScenario] = [
        CheckoutHappy(), CheckoutChaos(), CheckoutTimers(), AfterSales(), OrderEvents(), LetterDelivery(), CheckoutWithoutOutbox(),
        Broken<BrokenDefects.Waits>(), Broken<BrokenDefects.Blocks>(), Broken<BrokenDefects.Traps>(), Broken<BrokenDefects.Escapes>(),
        Broken<BrokenDefects.Sleeps>(), Broken<BrokenDefects.Guesses>(),
    ]

    /// Those that show a defect on purpose, and so are not run with the others.
    public static let meantToFail: Set<String> = Set(names.filter { $0.hasPrefix("broken.") } + [CheckoutWithoutOutbox.name])

    public static var names: [String] { all.map(nameOf) }

    public static func named(_ name: String, among scenarios: [any SimulationScenario] = all) -> (any SimulationScenario)? {
        scenarios.first { nameOf($0) == name }
    }

    private static func nameOf(_ scenario: any SimulationScenario) -> String { type(of: scenario).name }
}
