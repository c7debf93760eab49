import Runtime
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct LiveLaneTests {
    private actor Counter {
        let world: World
        private(set) var count = 0
        nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }
        init(_ world: World) { self.world = world }

        func add() -> Bool {
            count += 1
            return world.lane.isCurrent
        }
    }

    private func wait(_ world: World, _ body: (@escaping @Sendable () -> Void) -> Void) async throws {
        try await world.suspend("the lane") { (continuation: UnsafeContinuation<Void, any Error>) in
            body { continuation.resume() }
        }
    }

    @Test func `work runs in the order in which it was given`() async throws {
        let world = World.live(instance: "test")
        let seen = Mutex([Int]())
        try await wait(world) { done in
            for number in 0..<1_000 { world.lane.perform { seen.withLock { $0.append(number) } } }
            world.lane.perform(done)
        }
        #expect(seen.withLock { $0 } == Array(0..<1_000))
        world.shutDown()
    }

    @Test func `timers fire in the order of their deadlines and cancelled ones do not`() async throws {
        let world = World.live(instance: "test")
        let seen = Mutex([String]())
        try await wait(world) { done in
            _ = world.lane.schedule(after: .milliseconds(30)) {
                seen.withLock { $0.append("late") }
                done()
            }
            let cancelled = world.lane.schedule(after: .milliseconds(10)) { seen.withLock { $0.append("cancelled") } }
            _ = world.lane.schedule(after: .milliseconds(5)) { seen.withLock { $0.append("early") } }
            cancelled.cancel()
        }
        #expect(seen.withLock { $0 } == ["early", "late"])
        world.shutDown()
    }

    @Test func `an actor's work stays on its lane`() async throws {
        let world = World.live(instance: "counter")
        let counter = Counter(world)
        let onLane = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 { group.addTask { await counter.add() } }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(onLane)
        #expect(await counter.count == 500)
        world.shutDown()
    }

    @Test func `a spawned task runs on the instance's lane`() async throws {
        let world = World.live(instance: "test")
        let isCurrent = try await world.spawn("look") { world.lane.isCurrent }.value
        #expect(isCurrent)
        #expect(!world.lane.isCurrent)
        world.shutDown()
    }

    @Test func `a sleep takes at least its time and a cancelled one throws`() async throws {
        let world = World.live(instance: "test")
        let clock = ContinuousClock()
        let began = clock.now
        try await world.sleep(for: .milliseconds(20))
        #expect(clock.now - began >= .milliseconds(20))
        let sleeper = world.spawn("sleeper") { try await world.sleep(for: .seconds(3600)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        world.shutDown()
    }
}
