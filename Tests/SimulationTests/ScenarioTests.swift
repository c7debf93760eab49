import LabTesting
import Testing

/// The scenarios that come with the platform, in this process; CI runs many more seeds of them.
@Suite struct ScenarioTests {
    @Test func `the checkout confirms its order, and every oracle agrees`() {
        var status = ""
        var options = Simulator.Options()
        options.atEnd = { lab, _ in status = (try? lab.texts("orders", "SELECT status FROM orders_order").first?.first ?? nil) ?? "" }
        let report = Simulator.run(CheckoutHappy(), seed: 1, strategy: .fifo, options: options)
        #expect(report.verdict == .passed, "\(report.verdict.detail)")
        #expect(status == "confirmed")
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>) func `customers at the same time, with every fault`(_ seed: UInt64) {
        let report = Simulator.run(CheckoutChaos(), seed: seed)
        #expect(report.verdict == .passed, "seed \(seed): \(report.verdict.detail)")
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>) func `orders as events, with every fault`(_ seed: UInt64) {
        let report = Simulator.run(OrderEvents(faults: .swarm), seed: seed)
        #expect(report.verdict == .passed, "seed \(seed): \(report.verdict.detail)")
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func `sagas that wait for hours end, and take no real time`(_ seed: UInt64) {
        let report = Simulator.run(CheckoutTimers(), seed: seed)
        #expect(report.verdict == .passed, "seed \(seed): \(report.verdict.detail)")
        #expect(report.virtualSeconds > 5 * 3600)
    }

    @Test(arguments: Tapes.named("checkout")) func `what failed once does not fail again`(_ tape: Tape) async throws {
        try await expectReplay(tape)
    }

    @Test(arguments: [CheckoutHappy(), CheckoutChaos(faults: .none), OrderEvents()] as [any SimulationScenario])
    func `stopping and starting everything at the end changes no row`(_ scenario: any SimulationScenario) {
        let name = type(of: scenario).name
        let restart = Choice(.check, "restart", index: 0, arity: 2, value: 1)
        let report = Simulator.replay(Tape(scenario: name, seed: 1, choices: [restart]), of: scenario)
        #expect(report.verdict == .passed && report.vanished.isEmpty, "\(name): \(report.verdict.detail)")
        #expect(report.eventCount > Simulator.replay(Tape(scenario: name, seed: 1), of: scenario).eventCount)
    }

    @Test func `a catalogue finds scenarios by name`() {
        #expect(Set(Scenarios.names).count == Scenarios.all.count)
        #expect(Scenarios.named("checkout.chaos") is CheckoutChaos)
        #expect(Scenarios.named("checkout.chaoss") == nil)
    }

    @Test func `without the outbox a crash between commit and publication loses the order, and the report says which and why`() {
        let scenario = CheckoutWithoutOutbox()
        #expect(Simulator.run(scenario, seed: 1, strategy: .fifo).verdict == .passed, "without a crash nothing is lost")
        let found = crashes(of: "orders", at: "store.after", in: scenario).map { replay(scenario, crash: "orders/store.after", index: $0) }
        #expect(!found.isEmpty)
        guard case .violated(let violation)? = found.lazy.map(\.verdict).first(where: { $0.kind == "no order lost" }) else {
            Issue.record("no crash after a commit of orders lost an order: \(found.map(\.verdict.word))")
            return
        }
        #expect(violation.expected.contains("order 1"))
        #expect(violation.found.contains("was committed and never reached the log"), "\(violation)")
        #expect(violation.found.contains("orders ended at store.after"), "\(violation)")
    }

    @Test func `with the outbox the same crashes lose nothing`() {
        for index in crashes(of: "orders", at: "store.after", in: CheckoutHappy()) {
            let report = replay(CheckoutHappy(), crash: "orders/store.after", index: index)
            #expect(report.verdict == .passed, "\(index): \(report.verdict.detail)")
        }
    }
}

/// Every time an instance comes to a point in the run without faults.
func crashes(of instance: String, at point: String, in scenario: any SimulationScenario) -> Range<Int> {
    let report = Simulator.run(scenario, seed: 1, strategy: .fifo)
    return 0..<(report.points.first { $0.instance == instance && $0.point == point }?.reached ?? 0)
}

/// The run without faults but for one crash.
func replay(_ scenario: any SimulationScenario, crash place: String, index: Int) -> RunReport {
    let choice = Choice(.fault, "service.crash/\(place)", index: index, arity: 2, value: 1)
    return Simulator.replay(Tape(scenario: type(of: scenario).name, seed: 1, choices: [choice]), of: scenario)
}
