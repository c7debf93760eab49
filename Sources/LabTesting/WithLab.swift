import Lab
import Runtime
import Simulation
import Synchronization

/// Runs `body` against a lab in a simulated world: real services, a real log, real databases, on a virtual clock.
///
///     @Test func `a declined card leaves the stock as it was`() async throws {
///         try await withLab(.marketplace.withoutAccounts, seed: 7) { lab in
///             let ana = try await lab.client.register("ana@example.com")
///             let book = try await lab.client.createProduct("book", onHand: 1)
///             let order = try await lab.client.placeOrder(by: ana.id, [.init(product_id: book.id, quantity: 1)], card: Card.declined)
///             try await lab.settle()                              // exact: nothing is on its way any more
///             #expect(try await lab.client.order(order.id).status == .rejected)
///             #expect(try lab.number("catalog", "SELECT reserved FROM products_inventory") == 0)
///         }
///     }
///
/// One seed is one history: who goes next, every random number, every identifier. After `body` the faults are switched off, the lab settles,
/// and the oracles are asked; so a test that says nothing about lost messages notices one all the same.
///
/// Blocks its thread until the run has ended, which takes milliseconds; `advance(by:)` and `settle()` take no real time at all. Everything in
/// `body` runs on the run's one thread: start tasks and sleeps through `lab.world`, not with `Task` and `Task.sleep`, or the run fails and
/// says so.
///
/// - Parameters:
///   - roster: the services that the topology chooses from; give your own as `Roster([MyService.self, …])`.
///   - faults: what strikes by chance while `body` runs. Faults on order are made through `lab.faults`.
///   - oracles: what must hold at every step and at the end, whatever `body` does; by default what holds for every lab.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; ``SimulationFailed`` when the run or an oracle fails, or a fault is ordered for somebody who is not there;
///   `FaultsLeftOpen` when one that was ordered has not struck by the end of `body`.
@discardableResult
public func withLab<Output: Sendable>(
    _ topology: Topology, seed: UInt64 = 1, strategy: Strategy = .random, roster: Roster = .standard, faults: FaultProfile = .none,
    oracles: [any Oracle] = .anyLab, limits: SimulationLimits = SimulationLimits(),
    _ body: @escaping @Sendable (SimulatedLab) async throws -> Output
) async throws -> Output {
    let outcome = Outcome<Output>()
    let scenario = Script(topology: topology, roster: roster, faults: faults, oracles: oracles, limits: limits) { lab in
        do {
            let output = try await body(lab)
            let open = lab.faults.open
            if !open.isEmpty { throw FaultsLeftOpen(open) }
            outcome.result.withLock { $0 = .success(output) }
        } catch {
            outcome.result.withLock { $0 = .failure(error) }
            throw error
        }
    }
    let report = Simulator.run(scenario, seed: seed, strategy: strategy)
    let result = outcome.result.withLock { $0 }
    // What the body itself throws says more than the run that ended by it. An oracle's word comes first: it may be why the body failed.
    if case .failure(let error) = result, !report.verdict.isPassed, !report.verdict.isViolated { throw error }
    guard report.verdict.isPassed else { throw SimulationFailed(seed: seed, verdict: report.verdict) }
    guard let result else { throw SimulationFailed(seed: seed, verdict: .failed("the body did not run")) }
    return try result.get()
}

/// A simulated run that did not pass.
public struct SimulationFailed: Error, CustomStringConvertible {
    public let seed: UInt64
    public let verdict: Verdict
    public var description: String { "seed \(seed) \(verdict.word): \(verdict.detail)" }
}

extension Verdict {
    fileprivate var isViolated: Bool {
        if case .violated = self { return true }
        return false
    }
}

/// One scripted test as a scenario.
private struct Script: SimulationScenario {
    static let name = "script"
    let topology: Topology
    let roster: Roster
    let faults: FaultProfile
    let oracles: [any Oracle]
    let limits: SimulationLimits
    let body: @Sendable (SimulatedLab) async throws -> Void

    func workload(_ lab: SimulatedLab) async throws { try await body(lab) }
}

private final class Outcome<Output: Sendable>: Sendable {
    let result = Mutex<Result<Output, any Error>?>(nil)
}
