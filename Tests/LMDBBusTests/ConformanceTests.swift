import MessagingTesting
import Runtime
import Testing

@testable import LMDBBus

@Suite struct ConformanceTests {
    @Test(.timeLimit(.minutes(10)), arguments: BusConformance.checks)
    func `in the live world the log keeps the promise`(_ check: BusConformance.Check) async throws {
        let world = World.live(instance: "test")
        let skipped = try await check.run(world, LogDirectory().fixture)
        #expect(skipped == nil)
        world.shutDown()
    }

    @Test(arguments: BusConformance.checks)
    func `in the simulated world the log keeps the promise`(_ check: BusConformance.Check) throws {
        for seed: UInt64 in 1...3 {
            let run = SimulatedRun(seed: seed)
            let directory = LogDirectory()
            do {
                let skipped = try run.execute(stepsMax: 2_000_000) { world in try await check.run(world, directory.fixture) }
                #expect(skipped == nil)
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test func `one seed gives one history`() throws {
        let check = try #require(BusConformance.checks.first { $0.name.contains("many publishers") })
        func digest(_ seed: UInt64) throws -> String {
            let run = SimulatedRun(seed: seed)
            let directory = LogDirectory()
            try run.execute { world in _ = try await check.run(world, directory.fixture) }
            #expect(!run.history.events.isEmpty)
            return run.history.digest
        }
        #expect(try digest(7) == digest(7))
        #expect(try digest(7) != digest(8))
    }
}
