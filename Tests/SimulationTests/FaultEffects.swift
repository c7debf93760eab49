import Foundation
import Lab
import LabTesting
import Messaging
import OrdersAPI
import Runtime
import Testing

@testable import Simulation

/// What each kind of fault does, as those see it whom it strikes.
struct FaultEffect: Sendable {
    var topology = Topology.orderEvents
    var oracles = [any Oracle].anyLab
    let body: @Sendable (SimulatedLab) async throws -> Void

    init(_ body: @escaping @Sendable (SimulatedLab) async throws -> Void) { self.body = body }
}

enum FaultEffects {
    static let all: [FaultKind: FaultEffect] = bus.merging(stores) { one, _ in one }.merging(instances) { one, _ in one }
        .merging(calls) { one, _ in one }.merging(clocksAndCode) { one, _ in one }

    // MARK: Log

    static let bus: [FaultKind: FaultEffect] = [
        .busDropped: FaultEffect { lab in
            let wire = try await Wire(lab)
            lab.faults.failNext(.busDropped, of: Wire.name)
            await #expect(throws: BusError.self) { try await wire.publish("a") }
            #expect(try wire.published == [])
            try await wire.publish("a")
            #expect(try wire.published == ["a"])
        },
        .busAnswerLost: FaultEffect { lab in
            let wire = try await Wire(lab)
            lab.faults.failNext(.busAnswerLost, of: Wire.name)
            await #expect(throws: BusError.self) { try await wire.publish("a") }
            #expect(try wire.published == ["a"])
            // The same number again, as a relay does: no copy.
            try await wire.publish("a")
            #expect(try wire.published == ["a"])
        },
        .busFull: FaultEffect { lab in
            let wire = try await Wire(lab)
            lab.faults.failNext(.busFull, of: Wire.name)
            let refusal = await #expect(throws: BusError.self) { try await wire.publish("a") }
            #expect(refusal?.code == .logFull)
            #expect(try wire.published == [])
            // A service's relay keeps what it could not publish.
            lab.faults.failNext(.busFull, of: orders, times: 3)
            #expect(await order(lab).status == 201)
            await lab.run.untilIdle(lab.world)
            #expect(try lab.number(orders, "SELECT count(*) FROM outbox") > 0)
            try await lab.settle()
            lab.faults.withdraw()
            #expect(try lab.number(notifications, "SELECT count(*) FROM notifications_notification") > 0)
        },
        .busDelayed: FaultEffect { lab in
            let wire = try await Wire(lab)
            let member = try await wire.member()
            try await wire.publish("a", "b")
            let usual = try await wire.took { try await member.next(max: 1) }
            lab.faults.failNext(.busDelayed, of: Wire.name)
            let delayed = try await wire.took { try await member.next(max: 1) }
            #expect(usual == .zero && delayed == .milliseconds(1))
            try await wire.takeRest(member)
        },
        .busSlowConsumer: FaultEffect { lab in
            let wire = try await Wire(lab)
            let member = try await wire.member()
            try await wire.publish("a")
            lab.faults.failNext(.busSlowConsumer, of: Wire.name)
            let waited = try await wire.took { try await member.next(max: 1) }
            #expect(waited == .seconds(20))
            try await wire.takeRest(member)
        },
        .busDuplicated: FaultEffect { lab in
            let wire = try await Wire(lab)
            let member = try await wire.member()
            try await wire.publish("a", "b")
            lab.faults.failNext(.busDuplicated, of: Wire.name)
            let first = try await wire.run { try await member.next(max: 10) }
            let second = try await wire.run { try await member.next(max: 10) }
            #expect(first.map(\.message.id).sorted() == ["a", "b"] && second.map(\.receipt) == first.map(\.receipt))
            for deliveries in [first, second] { try await wire.run { try await member.acknowledge(deliveries.map(\.receipt)) } }
            // In a service the second has no effect.
            lab.faults.failNext(.busDuplicated, of: notifications)
            #expect(await order(lab).status == 201)
            try await lab.settle()
            try lab.check(.effectsOnce, .notificationsEqualLog)
        },
        .busReordered: FaultEffect { lab in
            let wire = try await Wire(lab)
            let plain = try await wire.member(group: "plain")
            let member = try await wire.member()
            try await wire.publish("a1", "b1", "a2", "b2", "c1")
            let usual = try await wire.run { try await plain.next(max: 10) }
            lab.faults.failNext(.busReordered, of: Wire.name)
            let other = try await wire.run { try await member.next(max: 10) }
            let (before, after) = (usual.map(\.message.id), other.map(\.message.id))
            #expect(before != after && before.sorted() == after.sorted(), "\(before) \(after)")
            for key in ["a", "b"] { #expect(after.filter { $0.hasPrefix(key) } == ["\(key)1", "\(key)2"]) }
            for (member, deliveries) in [(plain, usual), (member, other)] {
                try await wire.run { try await member.acknowledge(deliveries.map(\.receipt)) }
            }
        },
        .busAckLost: FaultEffect { lab in
            let wire = try await Wire(lab)
            let member = try await wire.member()
            try await wire.publish("a")
            let first = try await wire.run { try await member.next(max: 1) }
            lab.faults.failNext(.busAckLost, of: Wire.name)
            try await wire.run { try await member.acknowledge(first.map(\.receipt)) }
            // Nobody has heard the answer: the message comes again when its lease has run out.
            let waited = try await wire.took {
                let second = try await member.next(max: 1)
                #expect(second.map(\.message.id) == ["a"] && second[0].attempt > first[0].attempt)
                try await member.acknowledge(second.map(\.receipt))
            }
            #expect(waited >= Wire.lease)
        },
        .busStorm: FaultEffect { lab in
            let wire = try await Wire(lab)
            let member = try await wire.member()
            try await wire.publish("a", "b")
            lab.faults.failNext(.busStorm, of: Wire.name)
            let deliveries = try await wire.run { try await member.next(max: 10) }
            #expect(deliveries.map(\.message.id).sorted() == ["a", "b"])
            let handed = lab.run.history.events.filter { $0.point == .busDeliver && $0.subject.contains(Wire.name) }
            #expect(handed.count == 2, "handed over, taken back, handed over: \(handed)")
            try await wire.run { try await member.acknowledge(deliveries.map(\.receipt)) }
        },
        .busPoison: FaultEffect { lab in
            lab.faults.failNext(.busPoison, of: orders)
            #expect(await order(lab).status == 201)
            try await lab.settle()
            let letters = try lab.look { try $0.deadLetters() }
            #expect(!letters.isEmpty && letters.allSatisfy { LabView.isPoison($0.message) }, "\(letters)")
            // Its key goes on.
            #expect(await order(lab).status == 201)
            try await lab.settle()
            try lab.check(.noOrderLost, .notificationsEqualLog, .figuresEqualLog)
        },
        .zombie: FaultEffect { lab in
            let wire = try await Wire(lab)
            let member = try await wire.member()
            try await wire.publish("a", "b", "c", "d", "e", "f", "g", "h")
            lab.faults.failNext(.zombie, of: Wire.name, times: 4)
            var (late, taken) = (0, Set<String>())
            // What was in hand when its partition moved comes again, with the next generation.
            while taken.count < 8 {
                for delivery in try await wire.run({ try await member.next(max: 10) }) {
                    do {
                        try await wire.run { try await member.acknowledge([delivery.receipt]) }
                        taken.insert(delivery.message.id)
                    } catch let error as BusError where error.code == .staleGeneration {
                        late += 1
                    }
                }
            }
            #expect(late > 0, "an answer came too late")
            lab.faults.withdraw()
        },
    ]

    // MARK: Databases

    static let stores: [FaultKind: FaultEffect] = [
        .storeCommitFails: FaultEffect { lab in
            lab.faults.failNext(.storeCommitFails, of: orders)
            #expect(await order(lab, key: "one").status == 500)
            try expectOrders(0, lab)
            #expect(await order(lab, key: "one").status == 201)
            try expectOrders(1, lab)
        },
        .storeFull: FaultEffect { lab in
            lab.faults.failNext(.storeFull, of: orders)
            #expect(await order(lab, key: "one").status == 507)
            try expectOrders(0, lab)
            // A consumer hands its messages back; they are no worse for it.
            lab.faults.failNext(.storeFull, of: notifications, times: 12)
            #expect(await order(lab, key: "one").status == 201)
            try await lab.settle()
            #expect(try lab.look { try $0.deadLetters() }.isEmpty)
            try lab.check(.notificationsEqualLog)
            lab.faults.withdraw()
        },
        .storeSlow: FaultEffect { lab in
            lab.faults.failNext(.storeSlow, of: orders)
            #expect(await order(lab).status == 201)
            let (reply1, took1) = await timed(lab) { await list(lab) }
            #expect(reply1.status == 200 && took1 == .milliseconds(5))
            let (reply2, took2) = await timed(lab) { await list(lab) }
            #expect(reply2.status == 200 && took2 == .zero)
        },
        .powerLoss: {
            var effect = FaultEffect { lab in
                for _ in 0..<5 { #expect(await order(lab).status == 201) }
                lab.faults.failNext(.powerLoss)
                lab.faults.crashProcess()
                await lab.run.untilIdle(lab.world)
                try await lab.advance(by: .seconds(5))
                #expect(try count(lab) < 5, "what was not synced is gone")
            }
            effect.topology.broker.persistence = .relaxed
            effect.oracles = []
            return effect
        }(),
    ]

    // MARK: Instances and the process

    static let instances: [FaultKind: FaultEffect] = [
        .crash: FaultEffect { lab in
            lab.faults.crash(orders, at: .storeAfter)
            #expect(await order(lab, key: "one").status == 503)
            #expect(ends(lab, of: orders) == 1)
            try await lab.settle()
            // It was committed, and is answered from the file now.
            #expect(await order(lab, key: "one").status == 201)
            try expectOrders(1, lab)
        },
        .crashLoop: FaultEffect { lab in
            lab.faults.failNext(.crashLoop, of: orders)
            lab.faults.crash(orders)
            let patient = Client(lab, named: "patient", service: orders)
            let body = PlaceOrder(user_id: UserReference(principal: "u1"), item: "book", amount: .count(1))
            let _: OrderView = try await patient.send(.post, "/orders", body)
            try await lab.settle()
            #expect(ends(lab, of: orders) == 4)
        },
        .pause: FaultEffect { lab in
            lab.faults.failNext(.pause, of: orders)
            #expect(await order(lab).status == 201)
            let (_, waited) = await timed(lab) { await list(lab) }
            #expect(waited > .zero)
            lab.faults.pause(orders, for: .minutes(3))
            let (reply3, took3) = await timed(lab) { await list(lab) }
            #expect(reply3.status == 200 && took3 == .minutes(3))
        },
        .processCrash: FaultEffect { lab in
            lab.faults.failNext(.processCrash, of: orders)
            #expect(await order(lab, key: "one").status == 503)
            #expect(await lab.call(.get, "/notifications?user_id=u1", service: notifications).status == 503, "everybody is gone")
            try await lab.settle()
            #expect(await order(lab, key: "one").status == 201)
            try expectOrders(1, lab)
        },
    ]

    // MARK: Calls

    static let calls: [FaultKind: FaultEffect] = [
        .callRefused: FaultEffect { lab in
            lab.faults.failNext(.callRefused, of: orders)
            let reply = await order(lab)
            #expect(reply.status == 503 && reply.problem?.code == "peer_unavailable")
            try expectOrders(0, lab)
        },
        .callLostBefore: FaultEffect { lab in
            lab.faults.failNext(.callLostBefore, of: orders)
            let (reply4, took4) = await timed(lab) { await order(lab) }
            #expect(reply4.status == 504 && took4 >= .seconds(30))
            try expectOrders(0, lab)
        },
        .callLostAfter: FaultEffect { lab in
            lab.faults.failNext(.callLostAfter, of: orders)
            let (reply5, took5) = await timed(lab) { await order(lab, key: "one") }
            #expect(reply5.status == 504 && took5 >= .seconds(30))
            try expectOrders(1, lab)
            #expect(await order(lab, key: "one").status == 201)
            try expectOrders(1, lab)
        },
        .callSlow: FaultEffect { lab in
            lab.faults.failNext(.callSlow, of: orders)
            let (reply6, took6) = await timed(lab) { await order(lab) }
            #expect(reply6.status == 201 && took6 == .milliseconds(20))
            let (reply7, took7) = await timed(lab) { await order(lab) }
            #expect(reply7.status == 201 && took7 == .zero)
        },
        .partition: FaultEffect { lab in
            lab.faults.failNext(.partition, of: orders)
            let lost = lab.world.instance(orders).spawn("ask") { await lab.call(.get, "/notifications?user_id=u1", service: notifications) }
            await lab.run.untilIdle(lab.world)
            let way = FaultInjector.Pair(from: orders, to: notifications)
            #expect(lab.injector.partitions == [way])
            // The other direction works meanwhile.
            let heard = lab.world.instance(notifications).spawn("ask") { await list(lab) }
            let heardReply = try await heard.value
            #expect(heardReply.status == 200)
            #expect(lab.injector.partitions == [way])
            let lostReply = try await lost.value
            #expect(lostReply.status == 504)
            #expect(lab.injector.partitions.isEmpty, "it mends")
            let again = lab.world.instance(orders).spawn("ask") {
                await lab.call(.get, "/notifications?user_id=u1", service: notifications)
            }
            let againReply = try await again.value
            #expect(againReply.status == 200)
        },
    ]

    // MARK: Clocks and code

    static let clocksAndCode: [FaultKind: FaultEffect] = [
        .clockSkew: FaultEffect { lab in
            lab.faults.skew(orders, by: .seconds(30))
            #expect(await order(lab).status == 201)
            let created = try createdAt(lab)
            #expect(created - lab.now == .seconds(30))
        },
        .clockJump: FaultEffect { lab in
            lab.faults.failNext(.clockJump, of: orders)
            #expect(await order(lab).status == 201)
            let jump = try #require(lab.injector.skews[orders])
            #expect(abs(jump.microseconds) >= 1_000_000)
            #expect(await order(lab).status == 201)
            let created = try createdAt(lab)
            #expect(created - lab.now == jump)
            #expect(lab.injector.skews.count == 1, "the others' clocks are right")
        },
        .buggify: FaultEffect { lab in
            lab.faults.failNext(.buggify, of: "\(orders)/relay.takes-one", times: 50)
            for _ in 0..<2 { #expect(await order(lab).status == 201) }
            try await lab.settle()
            let ranges = lab.run.history.events.filter { $0.point == .relayPublish && $0.instance == orders }.map(\.subject)
            let single = ranges.dropFirst().allSatisfy { range in
                let ends = range.split(separator: " ").last?.split(separator: ".").map(String.init) ?? []
                return ends.count == 2 && ends[0] == ends[1]
            }
            #expect(ranges.count > 2 && single, "one row at a time: \(ranges)")
            lab.faults.withdraw()
        },
    ]

    // MARK: What everybody asks

    static let orders = "order-service"
    static let notifications = "notification-service"

    static func order(_ lab: SimulatedLab, key: String? = nil) async -> RawReply {
        await lab.call(.post, "/orders", body: Data(#"{"user_id":"u1","item":"book","amount":2}"#.utf8), key: key, service: orders)
    }

    static func list(_ lab: SimulatedLab) async -> RawReply { await lab.call(.get, "/orders", service: orders) }
    static func count(_ lab: SimulatedLab) throws -> Int { try lab.number(orders, "SELECT count(*) FROM orders_order") }

    static func expectOrders(_ number: Int, _ lab: SimulatedLab, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let count = try count(lab)
        #expect(count == number, "orders", sourceLocation: sourceLocation)
    }

    static func createdAt(_ lab: SimulatedLab) throws -> Timestamp {
        Timestamp(microseconds: Int64(try lab.number(orders, "SELECT created_at FROM orders_order ORDER BY id DESC LIMIT 1")))
    }

    static func ends(_ lab: SimulatedLab, of instance: String) -> Int {
        lab.run.history.events.count { $0.point.name == "world.crash" && $0.instance == instance }
    }

    /// An answer, and the virtual time that it took.
    static func timed(_ lab: SimulatedLab, _ ask: () async -> RawReply) async -> (RawReply, Duration) {
        let before = lab.now
        let reply = await ask()
        return (reply, lab.now - before)
    }
}

/// A connection of its own to the lab's log, which can fail as those of the services do.
struct Wire: Sendable {
    static let name = "tester"
    static let lease = Duration.seconds(45)
    private static let topic = Topic("tests", partitions: 4)
    private let lab: SimulatedLab
    private let world: World
    private let bus: FaultyBus

    init(_ lab: SimulatedLab) async throws {
        self.lab = lab
        world = lab.world.instance(Self.name)
        bus = FaultyBus(lab.platform.bus, world: world, faults: lab.injector)
        let bus = bus
        try await run { try await bus.declare([Self.topic]) }
    }

    func run<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        try await world.spawn(Self.name) { try await body() }.value
    }

    /// Virtual time that `body` takes.
    func took<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> Duration {
        let before = lab.now
        _ = try await run(body)
        return lab.now - before
    }

    /// Messages by their identifiers; the first letter is the key, the order that of the alphabet and so of the sequence.
    func publish(_ ids: String...) async throws {
        let (bus, now) = (bus, lab.now)
        let messages = ids.map {
            Message(
                id: $0, source: Self.name, type: "Test.Event.v1", subject: $0, time: now, topic: Self.topic.name,
                partitionKey: String($0.prefix(1)), payload: Data("{}".utf8))
        }
        try await run { _ = try await bus.publish(messages, .sequence(producer: Self.name, numbers: Array(1...UInt64(ids.count)))) }
    }

    var published: [String] { get throws { try lab.look { try $0.messages(Self.topic.name).map(\.id) } } }

    func member(group: String = Wire.name) async throws -> any BusSubscription {
        let bus = bus
        return try await run {
            try await bus.subscribe(Subscription(group: group, topics: [Self.topic], member: group, lease: Self.lease))
        }
    }

    /// Answers whatever the group still has to take, so that the lab can come to rest.
    func takeRest(_ member: any BusSubscription) async throws {
        try await run {
            await member.close()
        }
        let again = try await self.member()
        try await run {
            let deliveries = try await again.next(max: 100)
            try await again.acknowledge(deliveries.map(\.receipt))
        }
    }
}
