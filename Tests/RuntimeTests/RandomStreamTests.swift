import Runtime
import Testing

@Suite struct RandomStreamTests {
    @Test func `a seed decides the stream`() {
        let a = RandomStream(seed: 1), b = RandomStream(seed: 1), c = RandomStream(seed: 2)
        let first = (0..<8).map { _ in a.next() }
        #expect(first == (0..<8).map { _ in b.next() })
        #expect(first != (0..<8).map { _ in c.next() })
    }

    @Test func `numbers below a bound stay below it and reach every value`() {
        let random = RandomStream(seed: 3)
        var seen = Set<Int>()
        for _ in 0..<1_000 {
            let number = random.below(7)
            #expect((0..<7).contains(number))
            seen.insert(number)
        }
        #expect(seen.count == 7)
        for _ in 0..<1_000 { #expect((0..<1).contains(random.fraction())) }
    }

    @Test func `instances draw from streams of their own`() throws {
        let draws = try SimulatedRun(seed: 5).execute { world in
            let orders = world.instance("orders")
            let users = world.instance("users")
            return (orders.random.next(), users.random.next(), world.instance("orders").random.next())
        }
        #expect(draws.0 != draws.1)
        #expect(draws.0 == draws.2)
    }

    @Test func `identifiers are UUIDs of version 7 and sort by time`() throws {
        let ids = try SimulatedRun(seed: 6).execute { world in
            var ids = [String]()
            for _ in 0..<20 {
                ids.append(world.makeID())
                try await world.sleep(for: .milliseconds(1))
            }
            return ids
        }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 20)
        for id in ids {
            let characters = Array(id)
            #expect(characters.count == 36 && characters[14] == "7" && "89ab".contains(characters[19]), "\(id)")
        }
    }
}
