import Dispatch
import Runtime
import Synchronization
import Testing

@Suite struct SimulatedRunTests {
    /// An actor on a lane of its own.
    private actor Recorder {
        let world: World
        nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }
        init(_ world: World) { self.world = world }

        func record(_ count: Int) async throws {
            for number in 0..<count {
                try world.point(.timerWake, "\(number)")
                await Task.yield()
            }
        }
    }

    private func history(_ seed: UInt64) throws -> (digest: String, order: [String]) {
        let run = SimulatedRun(seed: seed)
        try run.execute { world in
            let recorders = ["a", "b", "c"].map { Recorder(world.instance($0)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for recorder in recorders { group.addTask { try await recorder.record(10) } }
                try await group.waitForAll()
            }
        }
        return (run.history.digest, run.history.events.map(\.instance))
    }

    @Test func `time is virtual`() throws {
        let run = SimulatedRun(seed: 1)
        let clock = ContinuousClock()
        let began = clock.now
        let passed = try run.execute { world in
            let before = world.now
            try await world.sleep(for: .seconds(7 * 24 * 3600))
            return world.now - before
        }
        #expect(passed == .seconds(7 * 24 * 3600))
        #expect(clock.now - began < .seconds(5))
    }

    @Test func `sleepers wake in the order of their times`() throws {
        let order = try SimulatedRun(seed: 2).execute { world in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for seconds in [5, 1, 3, 2, 4] {
                    group.addTask {
                        try await world.sleep(for: .seconds(seconds))
                        return seconds
                    }
                }
                var order = [Int]()
                for try await seconds in group { order.append(seconds) }
                return order
            }
        }
        #expect(order == [1, 2, 3, 4, 5])
    }

    @Test func `one seed gives one history and other seeds give others`() throws {
        #expect(try history(11).digest == history(11).digest)
        let digests = try Set((1...6).map { try history(UInt64($0)).digest })
        #expect(digests.count >= 5)
    }

    @Test func `actors on lanes of their own interleave`() throws {
        let order = try history(11).order
        #expect(order.count == 30)
        let changes = zip(order, order.dropFirst()).count { $0 != $1 }
        #expect(changes > 5, "\(order)")
    }

    @Test func `a stalled run says who waits for what`() {
        let failure = #expect(throws: SimulationFailure.self) {
            try SimulatedRun(seed: 3).execute { world in
                let orders = world.instance("orders")
                try await orders.suspend("an answer that never comes") { (_: UnsafeContinuation<Void, any Error>) in }
            }
        }
        #expect(failure?.description.contains("orders waits for an answer that never comes") == true, "\(String(describing: failure))")
    }

    @Test func `work that arrives from a foreign thread fails the run`() {
        let failure = #expect(throws: SimulationFailure.self) {
            try SimulatedRun(seed: 4).execute { world in
                let lane = world.lane
                let arrived = DispatchSemaphore(value: 0)
                DispatchQueue.global().async {
                    lane.perform {}
                    arrived.signal()
                }
                arrived.wait()
                try await world.sleep(for: .seconds(1))
            }
        }
        guard case .escape = failure else {
            Issue.record("expected an escape, got \(String(describing: failure))")
            return
        }
    }

    @Test func `a run without an end is given up`() {
        let failure = #expect(throws: SimulationFailure.self) {
            try SimulatedRun(seed: 5).execute(stepsMax: 1_000) { world in
                while true { try await world.sleep(for: .seconds(1)) }
            }
        }
        guard case .endless = failure else {
            Issue.record("expected an endless run, got \(String(describing: failure))")
            return
        }
    }

    @Test func `what the body throws comes out`() {
        struct Refused: Error {}
        #expect(throws: Refused.self) { try SimulatedRun(seed: 6).execute { _ in throw Refused() } }
    }

    @Test func `a cancelled sleep throws and takes no time`() throws {
        let slept = try SimulatedRun(seed: 7).execute { world in
            let before = world.now
            let sleeper = world.spawn("sleeper") { try await world.sleep(for: .seconds(3600)) }
            try await world.sleep(for: .seconds(1))
            sleeper.cancel()
            await #expect(throws: CancellationError.self) { try await sleeper.value }
            return world.now - before
        }
        #expect(slept == .seconds(1))
    }

    private actor Counter {
        let lane: any Lane
        nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }
        init(_ lane: any Lane) { self.lane = lane }
        func touch() {}
    }

    /// How often a task hops is up to the build, and must not decide who comes first.
    @Test func `tasks that are woken in one turn go on one after the other, however often they hop`() throws {
        let order = try SimulatedRun(seed: 8).execute { world in
            let orders = world.instance("orders")
            let counter = Counter(orders.lane)
            let gates = Mutex([UnsafeContinuation<Void, any Error>]())
            let order = Mutex([String]())
            var tasks = [Task<Void, any Error>]()
            for (name, hops) in [("first", 7), ("second", 0), ("third", 3)] {
                tasks.append(
                    orders.spawn(name) {
                        try await orders.suspend("the gate") { gate in gates.withLock { $0.append(gate) } }
                        for _ in 0..<hops { await counter.touch() }
                        order.withLock { $0.append(name) }
                    })
                try await world.sleep(for: .milliseconds(1))
            }
            orders.lane.perform { for gate in gates.withLock({ $0 }) { gate.resume() } }
            for task in tasks { try await task.value }
            return order.withLock { $0 }
        }
        #expect(order == ["first", "second", "third"])
    }
}
