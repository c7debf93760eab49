import Messaging
import Runtime
import Sagas
import Storage
import Testing

/// Sagas over SQLite, outbox, log, inbox and durable timers, in virtual time.
@Suite struct SagaExecutorTests {
    private static let reserve = "Inventory.Reserve.v1", release = "Inventory.Release.v1"
    private static let authorize = "Payment.Authorize.v1", void = "Payment.Void.v1", capture = "Payment.Capture.v1"

    @Test func `a checkout that nobody refuses completes step by step`() throws {
        try withCheckoutLab { lab in
            try await lab.place("1")
            let saga = try await lab.end(of: "1")
            #expect(saga.status == .completed && saga.reason == nil)
            #expect(saga.steps.allSatisfy { $0.status == .done && $0.startedAt != nil && $0.endedAt != nil })
            #expect(try await lab.order("1") == "shipped")
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.capture])
            #expect(try await lab.count("timers") == 0, "the last time-out is taken away")
            #expect(
                saga.log.map { "\($0.step) \($0.event.rawValue)" } == [
                    "accept order begun", "accept order performed", "reserve stock sent", "reserve stock succeeded",
                    "authorise payment sent",
                    "authorise payment succeeded", "confirm order performed", "capture payment sent", "capture payment succeeded",
                    "ship performed", "ship completed",
                ])
        }
    }

    @Test func `a step that does not apply is skipped`() throws {
        try withCheckoutLab { lab in
            try await lab.place("1", isPaid: false)
            let saga = try await lab.end(of: "1")
            #expect(saga.steps.map(\.status) == [.done, .done, .skipped, .done, .skipped, .done])
            #expect(try await lab.commands("1") == [Self.reserve])
            #expect(try await lab.order("1") == "shipped")
        }
    }

    @Test func `a refusal undoes what was done, last first`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.authorize, .refuse("card declined"))
            try await lab.place("1")
            let saga = try await lab.end(of: "1")
            #expect(saga.status == .compensated && saga.reason == "card declined")
            #expect(saga.steps.map(\.status) == [.compensated, .compensated, .failed, .ahead, .ahead, .ahead])
            #expect(try await lab.order("1") == "rejected: card declined")
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.release])
            #expect(saga.log.filter { $0.event == .undone }.map(\.step) == ["reserve stock", "accept order"])
        }
    }

    @Test func `a step that times out is undone too, because it may have happened`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.authorize, .silence)
            let placed = lab.world.now
            try await lab.place("1")
            let saga = try await lab.end(of: "1")
            #expect(saga.status == .compensated && saga.reason == "authorise payment timed out")
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.void, Self.release])
            #expect(try await lab.order("1") == "rejected: authorise payment timed out")
            #expect(lab.world.now - placed >= .seconds(30))
        }
    }

    @Test func `a compensation is sent again until it is confirmed`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.authorize, .refuse("no"))
            lab.script.on(Stock.release, .silence, .silence)
            try await lab.place("1")
            let saga = try await lab.end(of: "1")
            #expect(saga.status == .compensated)
            #expect(try await lab.commands("1").filter { $0 == Self.release }.count == 3)
            #expect(saga.log.filter { $0.event == .compensationSentAgain }.count == 2)
        }
    }

    @Test func `a step after the pivot is tried until it succeeds, whether it is refused or unanswered`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.capture, .silence, .refuse("processor is down"), .silence, .refuse("processor is down"))
            try await lab.place("1")
            let saga = try await lab.end(of: "1")
            #expect(saga.status == .completed)
            #expect(try await lab.commands("1").filter { $0 == Self.capture }.count == 5)
            #expect(try await lab.order("1") == "shipped")
        }
    }

    @Test func `a local step that throws leaves nothing behind and is tried again by the saga itself`() throws {
        try withCheckoutLab { lab in
            try await lab.place("1", shipsAt: lab.world.now + .seconds(20))
            try await lab.world.sleep(for: .seconds(10))
            #expect(try await lab.saga("1").steps.map(\.status) == [.done, .done, .done, .done, .done, .now])
            #expect(try await lab.order("1") == "confirmed", "the step before it stands")
            let saga = try await lab.end(of: "1")
            #expect(saga.log.filter { $0.event == .interrupted && $0.detail == "OutOfBoxes()" }.count > 2)
            #expect(try await lab.count("parcel") == 1)
            #expect(try await lab.order("1") == "shipped")
        }
    }

    @Test func `a local step that refuses turns the saga back, and what it wrote is undone`() throws {
        try withCheckoutLab { lab in
            try await lab.place("1", objection: "sanctions")
            let saga = try await lab.end(of: "1")
            #expect(saga.steps.map(\.status) == [.compensated, .compensated, .compensated, .failed, .ahead, .ahead])
            #expect(try await lab.order("1") == "rejected: sanctions")
            #expect(try await lab.count("orders WHERE reservation IS NOT NULL") == 0)
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.void, Self.release])
        }
    }

    @Test func `a saga that cannot begin leaves nothing`() throws {
        try withCheckoutLab { lab in
            try await lab.place("1")
            await #expect(throws: (any Error).self, "the identifier is taken") { try await lab.place("1") }
            _ = try await lab.end(of: "1")
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.capture])
        }
    }

    @Test func `a reply that comes twice or after the end changes nothing and is in the log`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Stock.reserve, .twice)
            lab.script.on(Money.authorize, .twice)
            try await lab.place("1")
            let before = try await lab.end(of: "1")
            try await lab.reply(Money.declined, to: "1")
            try await lab.reply(Stock.reserved, to: "unknown")
            try await lab.settle()
            let after = try await lab.saga("1")
            #expect(after.status == .completed && after.steps.map(\.status) == before.steps.map(\.status))
            #expect(after.log.filter { $0.event == .ignored }.count == 3)
            #expect(after.log.last?.detail == "Payment.AuthorizeFailed.v1: the saga has ended: it is completed")
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.capture])
        }
    }

    @Test func `a reply that comes after the time-out does not revive the step`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.authorize, .silence)
            lab.script.on(Money.void, .silence)
            try await lab.place("1")
            try await lab.world.sleep(for: .seconds(31))
            #expect(try await lab.saga("1").status == .compensating)
            try await lab.reply(Money.authorized, to: "1")
            let saga = try await lab.end(of: "1")
            #expect(saga.status == .compensated)
            #expect(saga.log.contains { $0.event == .ignored && $0.detail == "Payment.AuthorizeSucceeded.v1: late reply" })
            #expect(try await lab.commands("1") == [Self.reserve, Self.authorize, Self.void, Self.void, Self.release])
        }
    }

    @Test func `a cancellation before the pivot turns the saga back, after it is refused`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Stock.reserve, .silence)
            try await lab.place("1")
            try await lab.settle()
            #expect(try await lab.cancel("1"))
            #expect(try await !lab.cancel("1"), "it is on its way back already")
            #expect(try await lab.end(of: "1").reason == "changed mind")
            #expect(try await lab.order("1") == "rejected: changed mind")
            #expect(try await lab.commands("1") == [Self.reserve, Self.release])

            lab.script.on(Money.capture, .silence)
            try await lab.place("2")
            try await lab.settle()
            #expect(try await !lab.cancel("2"))
            #expect(try await lab.end(of: "2").status == .completed)
            #expect(try await !lab.cancel("3"), "unknown")
        }
    }

    @Test func `everything a saga does carries the correlation of the request that began it`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.authorize, .silence)
            try await lab.place("1")
            _ = try await lab.end(of: "1")
            for topic in try await lab.inspecting.topics() {
                for partition in topic.partitions {
                    let messages = try await lab.inspecting.browse(topic: topic.name, partition: partition.partition, from: 0, max: 100)
                    #expect(messages.allSatisfy { $0.message.correlationID == "request-1" && $0.message.subject == "1" })
                }
            }
        }
    }

    @Test func `many sagas run beside each other, and each comes to its own end`() throws {
        try withCheckoutLab { lab in
            lab.script.on(Money.authorize, .accept, .refuse("no"), .accept, .refuse("no"))
            for id in 1...20 { try await lab.place("\(id)") }
            var statuses = [SagaStatus: Int]()
            for id in 1...20 {
                let saga = try await lab.end(of: "\(id)")
                statuses[saga.status, default: 0] += 1
                #expect(saga.reason == (saga.status == .compensated ? "no" : nil))
            }
            #expect(statuses == [.completed: 18, .compensated: 2])
        }
    }

    /// Stock and money agree with the order, whatever was duplicated, refused or lost on the way.
    @Test(arguments: UInt64(1)...12)
    func `duplicated messages never make a saga do a thing twice`(seed: UInt64) throws {
        try withCheckoutLab(seed: seed, wrap: { DuplicatingBus($0, $1.random) }) { lab in
            let random = RandomStream(seed: seed)
            func reactions(_ kind: (CheckoutLab.Script.Reaction) -> Void) {
                for _ in 0..<6 {
                    switch random.below(6) {
                    case 0: kind(.refuse("no"))
                    case 1: kind(.silence)
                    case 2: kind(.twice)
                    default: kind(.accept)
                    }
                }
            }
            reactions { lab.script.on(Stock.reserve, $0) }
            reactions { lab.script.on(Money.authorize, $0) }
            reactions { lab.script.on(Money.capture, $0) }
            reactions { lab.script.on(Stock.release, $0) }
            for id in 1...6 { try await lab.place("\(id)") }
            for id in 1...6 {
                let saga = try await lab.end(of: "\(id)")
                let story = "seed \(seed)\n\(saga.text)\n\(saga.logText)"
                let order = try await lab.order("\(id)")
                let holdings = try await lab.holdings("\(id)")
                #expect(saga.log.filter { $0.event == .completed || $0.event == .compensated }.count == 1, "\(story)")
                if saga.status == .completed {
                    #expect(order == "shipped", "\(story)")
                    #expect(holdings == ["stock:reserved", "money:captured"], "\(story)")
                } else {
                    #expect(order.hasPrefix("rejected"), "\(story)")
                    #expect(holdings.allSatisfy { ["released", "voided", "refused"].contains($0.split(separator: ":")[1]) }, "\(story)")
                    let undone = saga.log.filter { $0.event == .undone }.map(\.step)
                    let done = saga.steps.map(\.name).filter(undone.contains)
                    #expect(undone == done.reversed(), "\(story)")
                }
            }
        }
    }

    @Test func `the same seed gives the same history`() throws {
        func digest() throws -> String {
            let folder = TestFolder()
            let run = SimulatedRun(seed: 5)
            try run.execute { world in
                let lab = try await CheckoutLab(world, folder: folder.url)
                lab.script.on(Money.authorize, .silence, .accept)
                for id in 1...3 { try await lab.place("\(id)") }
                for id in 1...3 { _ = try await lab.end(of: "\(id)") }
                try await lab.stop()
            }
            return run.history.digest
        }
        #expect(try digest() == digest())
    }
}
