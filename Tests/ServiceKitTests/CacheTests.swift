import Runtime
import ServiceKit
import Testing

@Suite struct CacheTests {
    private func simulated<T: Sendable>(_ body: @escaping @Sendable (World) async throws -> T) throws -> T {
        try SimulatedRun(seed: 1).execute(body)
    }

    @Test func `an entry lives as long as it was given`() throws {
        try simulated { world in
            let notes = Cache(world: world).namespace("notes")
            notes.set("a", 1, ttl: .seconds(10))
            notes.set("b", 2, ttl: nil)
            try await world.sleep(for: .seconds(9))
            #expect(notes.get("a", as: Int.self) == 1)
            try await world.sleep(for: .seconds(1))
            #expect(notes.get("a", as: Int.self) == nil)
            #expect(notes.get("b", as: Int.self) == 2)
            #expect(notes.hitRatio == 2.0 / 3.0)
        }
    }

    @Test func `what was not used for longest makes room`() throws {
        try simulated { world in
            let cache = Cache(world: world, entriesMax: 3)
            let notes = cache.namespace("notes")
            for key in ["a", "b", "c"] { notes.set(key, key, ttl: nil) }
            #expect(notes.get("a", as: String.self) == "a")
            notes.set("d", "d", ttl: nil)
            #expect(cache.count == 3)
            #expect(notes.get("b", as: String.self) == nil)
            #expect(["a", "c", "d"].allSatisfy { notes.get($0, as: String.self) == $0 })
        }
    }

    @Test func `the cache agrees with a plain model`() throws {
        let seed: UInt64 = 20
        print("cache model seed \(seed)")
        try simulated { world in
            let random = RandomStream(seed: seed)
            let notes = Cache(world: world, entriesMax: 8).namespace("n")
            var model = [(key: Int, value: Int)]()  // oldest use first
            for step in 0..<20_000 {
                let key = random.below(12)
                let place = model.firstIndex { $0.key == key }
                switch random.below(4) {
                case 0:
                    notes.set(String(key), step, ttl: nil)
                    if let place { model.remove(at: place) } else if model.count == 8 { model.removeFirst() }
                    model.append((key, step))
                case 1:
                    notes.remove(String(key))
                    if let place { model.remove(at: place) }
                default:
                    #expect(notes.get(String(key), as: Int.self) == place.map { model[$0].value })
                    if let place { model.append(model.remove(at: place)) }
                }
            }
        }
    }

    @Test func `namespaces have keys of their own`() throws {
        try simulated { world in
            let cache = Cache(world: world)
            let (a, b) = (cache.namespace("a"), cache.namespace("b"))
            a.set("k", 1, ttl: nil)
            b.set("k", 2, ttl: nil)
            a.removeAll()
            #expect(a.get("k", as: Int.self) == nil && b.get("k", as: Int.self) == 2)
        }
    }

    @Test func `a counter adds in one step and begins anew when its time is over`() throws {
        try simulated { world in
            let limits = Cache(world: world).namespace("limits")
            #expect(limits.increment("u1", ttl: .seconds(60)) == 1)
            try await world.sleep(for: .seconds(59))
            #expect(limits.increment("u1", by: 2, ttl: .seconds(60)) == 3)
            try await world.sleep(for: .seconds(1))
            #expect(limits.increment("u1", ttl: .seconds(60)) == 1)
        }
    }

    @Test func `a value that is not there is made once and kept`() throws {
        try simulated { world in
            let notes = Cache(world: world).namespace("notes")
            let first = await notes.value("a", ttl: .seconds(1)) { 1 }
            let second = await notes.value("a", ttl: .seconds(1)) { 2 }
            #expect(first == 1 && second == 1)
        }
    }
}
