import GRDB
import LMDBBus
import Messaging
import Reliability
import Runtime
import Storage
import Testing

@Suite struct ConsumerLoopTests {
    /// Keeps each note; `failing` decides whether one is refused this time.
    private static func keeping(_ failing: @escaping @Sendable (String) throws -> Void = { _ in }) -> MessageHandlers {
        var handlers = MessageHandlers()
        handlers.on(ReliabilityLab.noted) { note, _, tx in
            try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [note])
            try failing(note)
        }
        return handlers
    }

    private final class Observer: ConsumerObserver {
        let batches = Collector<ConsumedBatch>()
        func consumed(_ batch: ConsumedBatch) { batches.add(batch) }
        func sum(_ count: (ConsumedBatch) -> Int) -> Int { batches.values.reduce(0) { $0 + count($1) } }
    }

    @Test func `a batch is handled in one transaction and acknowledged`() throws {
        try withLab { lab in
            try await lab.publish("1:a", "2:b", "1:c")
            let analytics = try lab.instance("analytics")
            let observer = Observer()
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: lab.subscription("a"), handlers: Self.keeping(),
                observer: observer, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.settle()
            #expect(try await analytics.notes() == ["1:a", "2:b", "1:c"])
            #expect(observer.batches.values.map(\.processed) == [3])
        }
    }

    @Test func `after a batch that was not full, messages gather for the pace`() throws {
        try withLab { lab in
            let analytics = try lab.instance("analytics")
            let observer = Observer()
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: lab.subscription("a"), handlers: Self.keeping(),
                pace: .seconds(1), observer: observer, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.publish("1:a")
            try await lab.wait("the first, at once") { observer.batches.values.count == 1 }
            try await lab.publish("0:b")
            try await lab.publish("1:b", "2:b", "3:b", "4:b")
            try await lab.settle()
            #expect(observer.batches.values.map(\.processed) == [1, 5])
        }
    }

    @Test func `the inbox forgets what the log cannot deliver any more, and nothing younger`() throws {
        try withLab { lab in
            let analytics = try lab.instance("analytics")
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: lab.subscription("a"), handlers: Self.keeping(),
                inboxKeepsFor: .seconds(3600), logger: quiet)
            lab.start(analytics) { try await loop.run() }
            func publish(_ label: String, _ count: Int) async throws {
                for number in 0..<count { try await lab.publish("\(number % 7):\(label)\(number)") }
                try await lab.settle()
            }
            func remembered() async throws -> Int {
                try await analytics.run { store in try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM inbox") } ?? 0 }
            }
            try await publish("old", 1000)
            #expect(try await remembered() == 1000)
            try await analytics.world.sleep(for: .seconds(7200))
            try await publish("young", 1100)
            let left = try await remembered()
            #expect(left >= 1100, "what is young is kept")
            #expect(left <= 1200, "what is old is gone")
        }
    }

    @Test func `a redelivery after a crash between commit and acknowledgement is skipped by the inbox`() throws {
        try withLab { lab in
            try await lab.publish("1:a", "1:b")
            let before = try lab.instance("analytics")
            let faulty = FaultyBus(lab.log, crashingBeforeAcknowledge: 0)
            let dying = ConsumerLoop(
                world: before.world, bus: faulty, store: before.store,
                subscription: lab.subscription("before"), handlers: Self.keeping(), logger: quiet)
            let loop = lab.start(before) { try await dying.run() }
            await #expect(throws: InstanceCrash.self) { try await loop.value }
            await faulty.disconnect()
            try await before.close()

            let after = try lab.instance("analytics")
            let observer = Observer()
            let again = ConsumerLoop(
                world: after.world, bus: lab.log, store: after.store, subscription: lab.subscription("after"), handlers: Self.keeping(),
                observer: observer, logger: quiet)
            lab.start(after) { try await again.run() }
            try await lab.settle()
            #expect(try await after.notes() == ["1:a", "1:b"])
            #expect(observer.sum(\.duplicates) == 2 && observer.sum(\.processed) == 0)
        }
    }

    @Test func `a failing message holds back its own key, in order, and no other`() throws {
        try withLab { lab in
            try await lab.publish("1:a", "1:b", "2:c", "1:d", "2:e")
            let analytics = try lab.instance("analytics")
            let failures = Collector<String>()
            let observer = Observer()
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: lab.subscription("a"),
                handlers: Self.keeping { note in
                    // Twice in the first batch, which is done again in savepoints, and once alone.
                    guard note == "1:a", failures.count < 3 else { return }
                    failures.add(note)
                    throw RetryLater("not yet")
                }, observer: observer, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.settle()
            #expect(try await analytics.notes() == ["2:c", "2:e", "1:a", "1:b", "1:d"])
            #expect(observer.batches.values.first.map { [$0.processed, $0.retried, $0.released] } == [2, 1, 2])
            #expect(observer.sum(\.retried) == 2)
        }
    }

    @Test func `after its last attempt a message is a dead letter with its reasons, and its key goes on`() throws {
        try withLab { lab in
            try await lab.publish("1:poison", "1:b")
            let analytics = try lab.instance("analytics")
            let tries = Collector<String>()
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store,
                subscription: lab.subscription("a", retry: RetryPolicy(attemptsMax: 3, initialDelay: .milliseconds(100))),
                handlers: Self.keeping { note in
                    guard note == "1:poison" else { return }
                    tries.add(note)
                    throw RetryLater("try \(tries.count)")
                }, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.settle()
            let letters = try await lab.log.deadLetters(group: "notes")
            #expect(letters.map(\.attempts) == [3])
            // The first attempt was one of a batch, which was tried as a whole before.
            #expect(letters.first?.causes == ["try 2", "try 3", "try 4"])
            #expect(try await analytics.notes() == ["1:b"], "what a failed attempt wrote is undone")
        }
    }

    @Test func `a permanent failure and a payload that does not decode are dead letters at once`() throws {
        try withLab { lab in
            try await lab.publish("1:a", "1:b")
            try await lab.log.publish([
                Message(
                    id: "bad", source: "outside", type: ReliabilityLab.noted.name, subject: "1", time: lab.world.now,
                    topic: ReliabilityLab.topic.name, partitionKey: "1", payload: try PayloadCoding.encode([1, 2]))
            ])
            let analytics = try lab.instance("analytics")
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: lab.subscription("a"),
                handlers: Self.keeping { note in if note == "1:a" { throw PermanentFailure("never") } }, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.settle()
            let letters = try await lab.log.deadLetters(group: "notes")
            #expect(letters.map(\.attempts) == [1, 1])
            #expect(letters.map(\.message.id).sorted() == ["1:a-0", "bad"])
            #expect(try await analytics.notes() == ["1:b"])
        }
    }

    @Test func `types that nobody takes are acknowledged, or go to the handler of any type`() throws {
        try withLab { lab in
            try await lab.publish("1:a")
            let analytics = try lab.instance("analytics")
            let observer = Observer()
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: lab.subscription("a"),
                handlers: MessageHandlers(),
                observer: observer, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.settle()
            #expect(observer.sum(\.unknown) == 1)

            var all = MessageHandlers()
            all.onAny { message, tx in try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [message.type]) }
            var subscription = lab.subscription("b")
            subscription.group = "everything"
            let everything = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store, subscription: subscription, handlers: all, logger: quiet)
            lab.start(analytics) { try await everything.run() }
            try await lab.wait("it is noted") { try await analytics.notes() == ["Note.Taken.v1"] }
        }
    }

    @Test func `effects of one key run in order, of several keys beside each other, and their results are committed`() throws {
        try withLab { lab in
            try await lab.publish("1:a", "1:b", "2:c", "2:fails", "2:d")
            let mailer = try lab.instance("mailer")
            let steps = Collector<String>()
            var handlers = MessageHandlers()
            handlers.onEffect(ReliabilityLab.noted) { note, delivery -> String in
                steps.add("begin \(note)")
                try await mailer.world.sleep(for: .milliseconds(note.hasPrefix("1") ? 10 : 15))
                if note == "2:fails", delivery.attempt == 1 { throw RetryLater("provider is busy") }
                steps.add("end \(note)")
                return "sent \(note)"
            } commit: { result, _, _, tx in
                try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [result])
            }
            let loop = ConsumerLoop(
                world: mailer.world, bus: lab.log, store: mailer.store, subscription: lab.subscription("a"), handlers: handlers,
                logger: quiet)
            lab.start(mailer) { try await loop.run() }
            try await lab.settle()
            #expect(try await mailer.notes() == ["sent 1:a", "sent 1:b", "sent 2:c", "sent 2:fails", "sent 2:d"])
            let all = steps.values
            #expect(Set(all.prefix(2)) == ["begin 1:a", "begin 2:c"])
            let ends = try (#require(all.firstIndex(of: "end 1:a")), #require(all.firstIndex(of: "end 2:fails")))
            let begins = try (#require(all.firstIndex(of: "begin 1:b")), #require(all.firstIndex(of: "begin 2:d")))
            #expect(ends.0 < begins.0)
            #expect(ends.1 < begins.1, "not tried after a failure of its key")
        }
    }

    @Test func `what follows an untried message of its key waits for it, whatever its type`() throws {
        try withLab { lab in
            try await lab.publish("1:refused", "1:untried")
            try await lab.publish("1:plain", as: ReliabilityLab.plain)
            let mailer = try lab.instance("mailer")
            var handlers = MessageHandlers()
            handlers.onEffect(ReliabilityLab.noted) { note, _ -> String in
                if note == "1:refused" { throw PermanentFailure("nobody of that name") }
                return note
            } commit: { result, _, _, tx in
                try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [result])
            }
            handlers.on(ReliabilityLab.plain) { note, _, tx in
                try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [note])
            }
            let loop = ConsumerLoop(
                world: mailer.world, bus: lab.log, store: mailer.store, subscription: lab.subscription("a"), handlers: handlers,
                logger: quiet)
            lab.start(mailer) { try await loop.run() }
            try await lab.settle()
            #expect(try await mailer.notes() == ["1:untried", "1:plain"])
        }
    }

    @Test func `one message that makes the commit fail does not take the others with it`() throws {
        try withLab { lab in
            try await lab.publish("1:a", "2:orphan", "3:b")
            let analytics = try lab.instance("analytics")
            var handlers = MessageHandlers()
            handlers.on(ReliabilityLab.noted) { note, _, tx in
                try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [note])
                // Deferred: the foreign key is checked at COMMIT.
                if note == "2:orphan" { try tx.db.execute(sql: "INSERT INTO child(parent_id) VALUES (1)") }
            }
            let loop = ConsumerLoop(
                world: analytics.world, bus: lab.log, store: analytics.store,
                subscription: lab.subscription("a", retry: .never), handlers: handlers, logger: quiet)
            lab.start(analytics) { try await loop.run() }
            try await lab.settle()
            #expect(try await analytics.notes().sorted() == ["1:a", "3:b"])
            let letters = try await lab.log.deadLetters(group: "notes")
            #expect(letters.map(\.message.partitionKey) == ["2"])
            #expect(letters.first?.causes.first?.contains("FOREIGN KEY") == true)
        }
    }

    @Test func `what a handler publishes is caused by its message`() throws {
        try withLab { lab in
            try await lab.publish("1:a")
            let echo = try lab.instance("echo")
            var handlers = MessageHandlers()
            handlers.on(ReliabilityLab.noted) { note, _, tx in
                if note == "1:a" { try tx.publish(ReliabilityLab.noted, "1:echo", subject: "1") }
            }
            let loop = ConsumerLoop(
                world: echo.world, bus: lab.log, store: echo.store, subscription: lab.subscription("a"), handlers: handlers, logger: quiet)
            let relay = OutboxRelay(world: echo.world, store: echo.store, bus: lab.log, logger: quiet)
            lab.start(echo) { try await loop.run() }
            lab.start(echo) { try await relay.run() }
            try await lab.wait("the echo is there") { try await lab.logged().count == 2 }
            let echoed = try await lab.log.browse(topic: ReliabilityLab.topic.name, partition: 0, from: 1, max: 1)
            #expect(echoed.map(\.message.causationID) == ["1:a-0"] && echoed.map(\.message.correlationID) == ["1:a-0"])
            #expect(echoed.map(\.message.id) == ["echo-1"])
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `messages are neither lost nor doubled whatever fails on the way`(seed: UInt64) throws {
        try withLab(seed: seed) { lab in
            let random = RandomStream(seed: seed)
            let orders = try lab.instance("orders")
            let full = BusError(.logFull, "the log is full")
            let relay = OutboxRelay(
                world: orders.world, store: orders.store, bus: FaultyBus(lab.log, refusing: Array(repeating: full, count: random.below(4))),
                logger: quiet)
            lab.start(orders) { try await relay.run() }
            var sent = [String]()
            for index in 0..<40 {
                let note = "\(random.below(4)):\(index)"
                sent.append(note)
                try await orders.take(note)
            }
            // Members die one after the other between commit and acknowledgement; the last one lives.
            for round in 1...4 {
                let analytics = try lab.instance("analytics")
                let failing = RandomStream(seed: seed &+ UInt64(round))
                let isLast = round == 4
                let faulty = FaultyBus(lab.log, crashingBeforeAcknowledge: isLast ? .max : random.below(3))
                let loop = ConsumerLoop(
                    world: analytics.world, bus: faulty, store: analytics.store,
                    subscription: lab.subscription("member-\(round)", retry: RetryPolicy(attemptsMax: 50, initialDelay: .milliseconds(50))),
                    handlers: Self.keeping { _ in if failing.below(8) == 0 { throw RetryLater("at random") } },
                    batchMax: 1 + random.below(12), logger: quiet)
                let running = lab.start(analytics) { try await loop.run() }
                if isLast {
                    try await lab.settle()
                    let notes = try await analytics.notes()
                    #expect(notes.sorted() == sent.sorted(), "seed \(seed)")
                    for key in 0..<4 {
                        let prefix = "\(key):"
                        #expect(
                            notes.filter { $0.hasPrefix(prefix) } == sent.filter { $0.hasPrefix(prefix) },
                            "order of key \(key), seed \(seed)")
                    }
                } else {
                    // A round whose failures take long is cut short, like a restart.
                    try await lab.world.sleep(for: .milliseconds(300))
                    running.cancel()
                    _ = await running.result
                    await faulty.disconnect()
                    try await analytics.close()
                }
            }
        }
    }
}
