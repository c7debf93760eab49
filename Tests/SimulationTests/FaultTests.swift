import Foundation
import Lab
import LabTesting
import Messaging
import Runtime
import Testing

@testable import Simulation

/// Every kind of fault: it strikes, the history says so, and the lab recovers.
@Suite struct FaultTests {
    /// What a kind needs beside itself before it can strike.
    static func profile(_ kind: FaultKind) -> FaultProfile {
        var profile = FaultProfile.only(kind, rate: 0.4, max: 3)
        switch kind {
        case .crash, .pause: profile.bounds[kind]!.rate = 0.05
        case .processCrash: profile.bounds[kind] = .init(rate: 0.02, max: 2)
        case .crashLoop: profile.bounds[.crash] = .init(rate: 0.1, max: 3)
        case .powerLoss: profile.bounds[.processCrash] = .init(rate: 0.05, max: 2)
        default: break
        }
        return profile
    }

    /// A third of all runs have a kind on, as in a swarm.
    static let seeds: ClosedRange<UInt64> = 1...40

    @Test(arguments: FaultKind.allCases) func `a profile that asks for it makes it strike, and the lab recovers`(_ kind: FaultKind) throws {
        let scenario = OrderEvents(faults: Self.profile(kind))
        var options = Simulator.Options()
        options.keepsEvents = true
        let struck = Self.seeds.lazy.filter { SeedChoices(seed: $0).rate(of: kind, 1) > 0 }.map {
            Simulator.run(scenario, seed: $0, options: options)
        }.first { $0.faults[kind.rawValue] ?? 0 > 0 }
        let report = try #require(struck, "\(kind.rawValue) never strikes in seeds \(Self.seeds)")
        #expect(report.verdict == .passed, "seed \(report.seed): \(report.verdict.detail)")
        let evidence = report.events?.count { $0.point == kind.pointName } ?? 0
        #expect(evidence == report.faults[kind.rawValue], "seed \(report.seed): \(evidence) events, \(report.faults)")
        // The tape says so too, and strikes the same again in a scenario that asks for no faults.
        #expect(report.tape.choices.contains { FaultKind(entity: $0.entity) == kind }, "\(report.tape.text)")
        let again = Simulator.replay(report.tape, of: OrderEvents())
        #expect(again.digest == report.digest && again.vanished.isEmpty, "seed \(report.seed): \(again.verdict) \(again.vanished)")
    }

    @Test func `the swarm has every kind`() {
        #expect(Set(FaultProfile.swarm.bounds.keys) == Set(FaultKind.allCases))
        for (kind, bound) in FaultProfile.swarm.bounds { #expect(bound.max > 0 && (0.0001..<1).contains(bound.rate), "\(kind)") }
    }

    @Test(arguments: FaultKind.allCases) func `a fault on order strikes, and this is what it does`(_ kind: FaultKind) async throws {
        let effect = try #require(FaultEffects.all[kind], "nobody has said what \(kind.rawValue) does")
        try await withLab(effect.topology, strategy: .fifo, oracles: effect.oracles) { lab in
            try await effect.body(lab)
            let evidence = lab.run.history.events.filter { $0.point.name == kind.pointName }
            #expect(!evidence.isEmpty, "no event \(kind.pointName)")
        }
    }

    // MARK: On order

    /// What a run says that has ordered something for nobody, or nothing that could strike.
    private func complaint(_ order: @escaping @Sendable (SimulatedLab) -> Void) async -> String {
        do {
            try await withLab(.orderEvents, strategy: .fifo) { lab in
                order(lab)
                _ = await FaultEffects.order(lab)
            }
            return "it passed"
        } catch { return "\(error)" }
    }

    @Test func `an order for somebody who is not there is refused, with the name that was meant`() async {
        let orders: [@Sendable (SimulatedLab) -> Void] = [
            { $0.faults.crash("order-servise") }, { $0.faults.crash("order-servise", at: .storeAfter) },
            { $0.faults.pause("order-servise", for: .seconds(1)) },
            { $0.faults.pause("orders", at: .storeAfter, of: "order-servise", for: .seconds(1)) },
            { $0.faults.partition("order-servise", from: "notifications") }, { $0.faults.skew("order-servise", by: .seconds(1)) },
            { $0.faults.failNext(.callRefused, of: "order-servise") }, { $0.faults.failNext(.busDelayed, of: "order-servise") },
            { $0.faults.failNext(.callSlow, of: "notifications>order-servise") },
        ]
        for (number, order) in orders.enumerated() {
            let said = await complaint(order)
            #expect(said.contains("no instance named \"order-servise\"") && said.contains("\"order-service\"?"), "\(number): \(said)")
        }
    }

    @Test func `an order that could never strike is refused, with what to order instead`() async {
        let clock = await complaint { $0.faults.failNext(.clockSkew, of: "orders") }
        #expect(clock.contains("lab.faults.skew"), "\(clock)")
        let orders: [@Sendable (SimulatedLab) -> Void] = [
            { $0.faults.crash("orders", at: .busPublish) }, { $0.faults.crash("bus", at: .busPublish) },
            { $0.faults.failNext(.crash, of: "bus") }, { $0.faults.failNext(.processCrash, of: "orders/bus.publish") },
            { $0.faults.pause("orders", at: .busPublish, for: .seconds(1)) },
        ]
        for (number, order) in orders.enumerated() {
            let said = await complaint(order)
            #expect(said.contains("bus.publish is a point of the log") && said.contains("of: \"bus"), "\(number): \(said)")
        }
    }

    @Test func `an order that has not struck by the end fails the test, unless it is withdrawn`() async throws {
        let left = await complaint { lab in
            lab.faults.failNext(.busDropped, of: "orders", times: 50)
            lab.faults.crash("orders", at: .timerWake)
            lab.faults.pause("orders", at: .storeAfter, time: 90, for: .seconds(1))
        }
        #expect(left.contains("bus.dropped of order-service, 4") && left.contains("service.crash of order-service/timer.wake"), "\(left)")
        #expect(left.contains("service.pause of order-service at order-service/store.after"), "\(left)")
        try await withLab(.orderEvents, strategy: .fifo) { lab in
            lab.faults.crash("orders", at: .timerWake)
            #expect(lab.faults.open == ["service.crash of order-service/timer.wake"])
            lab.faults.withdraw()
        }
    }

    @Test func `a scenario's order that has not struck is in the history`() {
        struct Ordered: SimulationScenario {
            static let name = "tests.ordered"
            var topology: Topology { .orderEvents }
            var oracles: [any Oracle] { [] }
            func workload(_ lab: SimulatedLab) async throws { lab.faults.crash("orders", at: .timerWake) }
        }
        let report = RunRequest(.seed(1, .fifo), keepsEvents: true).perform(Ordered()).report
        let word = report.events?.first { $0.point == "run.order" }?.subject
        #expect(report.verdict == .passed && word == "never struck: service.crash of order-service/timer.wake", "\(word ?? "nothing")")
    }

    @Test func `services go by the name of the roster as well, and what strikes at once is an event and is counted`() async throws {
        try await withLab(.orderEvents, strategy: .fifo) { lab in
            func struck(_ kind: FaultKind) -> [String] {
                lab.run.history.events.filter { $0.point.name == kind.pointName }.map { "\($0.instance) \($0.subject)" }
            }
            lab.faults.skew("orders", by: .seconds(30))
            #expect(struck(.clockSkew) == ["order-service order-service 30.0 seconds"])
            #expect(await FaultEffects.order(lab).status == 201)
            let created = try FaultEffects.createdAt(lab)
            #expect(created - lab.now == .seconds(30))
            lab.faults.partition("orders", from: "notifications")
            #expect(struck(.partition) == ["order-service order-service>notification-service"])
            #expect(lab.injector.partitions == [.init(from: "order-service", to: "notification-service")])
            lab.faults.mend()
            lab.faults.pause("orders", for: .minutes(3))
            #expect(struck(.pause) == ["order-service order-service 180.0 seconds"])
            try await lab.settle()
            #expect(lab.faults.crash("orders"))
            #expect(!lab.faults.crash("orders"), "it is down")
            #expect(struck(.crash) == ["order-service order-service"] && FaultEffects.ends(lab, of: "order-service") == 1)
            try await lab.settle()
            lab.faults.crash("orders", at: .storeAfter)
            #expect(await FaultEffects.order(lab).status == 503)
            try await lab.settle()
            lab.faults.crashProcess()
            #expect(struck(.processCrash) == ["lab lab"])
            try await lab.settle()
            #expect(lab.faults.counts == [.clockSkew: 1, .partition: 1, .pause: 1, .crash: 2, .processCrash: 1])
        }
    }

    @Test func `after the workload nothing strikes any more, clocks are right and partitions mended`() throws {
        var options = Simulator.Options()
        options.keepsEvents = true
        for seed in 1...6 as ClosedRange<UInt64> {
            let events = try #require(Simulator.run(OrderEvents(faults: .swarm), seed: seed, options: options).events)
            let heal = try #require(events.firstIndex { $0.point == "run.phase" && $0.subject == "heal" })
            #expect(!events[heal...].contains { $0.point.hasPrefix("fault.") }, "seed \(seed)")
        }
    }

    @Test func `no kind strikes more often than its bound`() {
        for seed in 1...6 as ClosedRange<UInt64> {
            let report = Simulator.run(OrderEvents(faults: FaultProfile([.busDuplicated: .init(rate: 0.99, max: 2)])), seed: seed)
            #expect(report.faults["bus.duplicated"] ?? 0 <= 2, "seed \(seed)")
        }
    }

    // MARK: In the code

    struct Claiming: SimulationScenario {
        static let name = "tests.claiming"
        var holds = true
        var topology: Topology { .orderEvents }
        var faults = FaultProfile.none
        var oracles: [any Oracle] { [] }
        func workload(_ lab: SimulatedLab) async throws {
            lab.world.sometimes("this is seen")
            lab.world.sometimes("that is never seen", false)
            for _ in 0..<40 where lab.world.buggify("tests.point", 0.5) { lab.journal.record("struck", "here") }
            lab.world.always("one is one", holds)
            try await lab.world.sleep(for: .seconds(1))
        }
    }

    @Test func `a claim that does not hold ends the run; what was seen and what never was is in the report`() {
        let report = Simulator.run(Claiming(), seed: 1)
        #expect(report.verdict == .passed && report.claims["this is seen"] == true && report.claims["that is never seen"] == false)
        #expect(Coverage([report]).unseen == ["that is never seen"])
        let broken = Simulator.run(Claiming(holds: false), seed: 1).verdict
        #expect(broken.kind == "always one is one" && broken.detail.contains("main claims at"), "\(broken)")
    }

    @Test func `a fault point strikes in a quarter of the runs that ask for it, with its own probability, and never in the live world`() {
        let scenario = Claiming(faults: FaultProfile([.buggify: .init(rate: 0.01, max: 1000)]))
        let counts = (1...60 as ClosedRange<UInt64>).filter { SeedChoices(seed: $0).rate(of: .buggify, 1) > 0 }.map {
            Simulator.run(scenario, seed: $0).faults["code.buggify"] ?? 0
        }
        // The platform's own points may strike once or twice.
        let on = counts.filter { $0 > 4 }
        #expect(!on.isEmpty && on.count < counts.count, "\(counts)")
        #expect(on.allSatisfy { (8...32).contains($0) }, "40 times at one half: \(counts)")
        let live = World.live(instance: "tests")
        #expect(!live.buggify("tests.point", 1))
        live.always("nobody looks", false)
    }
}
