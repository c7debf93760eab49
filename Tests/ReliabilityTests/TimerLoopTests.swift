import Foundation
import GRDB
import Messaging
import Reliability
import Runtime
import Storage
import Testing

@Suite struct TimerLoopTests {
    private static func set(_ kind: String, _ subject: String, in delay: Duration, _ instance: ReliabilityLab.Instance) async throws {
        try await instance.run { store in
            try await store.write(cause: Cause(correlationID: "test")) { tx in
                try tx.setTimer(kind, subject: subject, at: tx.now + delay, payload: Data(subject.utf8))
            }
        }
    }

    private static func start(_ lab: ReliabilityLab, _ instance: ReliabilityLab.Instance, _ handlers: TimerHandlers) -> Task<
        Void, any Error
    > {
        let loop = TimerLoop(world: instance.world, store: instance.store, handlers: handlers, logger: quiet)
        return lab.start(instance) { try await loop.run() }
    }

    /// Notes when each timer fired, in seconds since `began`.
    private static func noting(_ began: Timestamp, _ failing: @escaping @Sendable () throws -> Void = {}) -> TimerHandlers {
        var handlers = TimerHandlers()
        handlers.on("remind") { timer, tx in
            let seconds = (tx.now - began).microseconds / 1_000_000
            try tx.db.execute(
                sql: "INSERT INTO note(text) VALUES (?)",
                arguments: ["\(timer.subject) \(String(decoding: timer.payload, as: UTF8.self)) at \(seconds)"])
            try failing()
        }
        return handlers
    }

    @Test func `timers fire once, in order, at their time; a moved one at its new time; a cancelled one never`() throws {
        try withLab { lab in
            let instance = try lab.instance("orders")
            let loop = Self.start(lab, instance, Self.noting(lab.world.now))
            try await Self.set("remind", "late", in: .seconds(7200), instance)
            try await Self.set("remind", "early", in: .seconds(10), instance)
            try await Self.set("remind", "moved", in: .seconds(5), instance)
            try await Self.set("remind", "moved", in: .seconds(60), instance)
            try await Self.set("remind", "cancelled", in: .seconds(20), instance)
            try await instance.run { store in
                try await store.write(cause: Cause(correlationID: "test")) { try $0.cancelTimer("remind", subject: "cancelled") }
            }
            try await lab.world.sleep(for: .seconds(8000))
            #expect(try await instance.notes() == ["early early at 10", "moved moved at 60", "late late at 7200"])
            #expect(try await instance.run { store in try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM timers") } } == 0)
            loop.cancel()
            try await loop.value
        }
    }

    @Test func `a timer that was due while the service was down fires after the restart`() throws {
        try withLab { lab in
            let began = lab.world.now
            let before = try lab.instance("orders")
            try await Self.set("remind", "a", in: .seconds(5), before)
            try await before.close()
            try await lab.world.sleep(for: .seconds(100))
            let after = try lab.instance("orders")
            _ = Self.start(lab, after, Self.noting(began))
            try await lab.wait("it fired") { try await after.notes() == ["a a at 100"] }
        }
    }

    @Test func `a handler that throws is tried again with backoff, and what it wrote is undone`() throws {
        try withLab { lab in
            let instance = try lab.instance("orders")
            let tries = Collector<Timestamp>()
            _ = Self.start(
                lab, instance,
                Self.noting(lab.world.now) {
                    tries.add(lab.world.now)
                    if tries.count < 4 { throw RetryLater("not yet") }
                })
            try await Self.set("remind", "a", in: .seconds(1), instance)
            try await Self.set("remind", "b", in: .seconds(500), instance)
            try await lab.wait("both fired", within: .seconds(1000)) { try await instance.notes().count == 2 }
            #expect(tries.count == 5)
            let gaps = zip(tries.values, tries.values.dropFirst()).map { $1 - $0 }
            #expect(gaps[1] > gaps[0] && gaps[2] > gaps[1], "\(gaps)")
        }
    }

    @Test func `a permanent failure gives the timer up, and a kind without a handler waits for one`() throws {
        try withLab { lab in
            let instance = try lab.instance("orders")
            let loop = Self.start(lab, instance, Self.noting(lab.world.now) { throw PermanentFailure("never") })
            try await Self.set("remind", "a", in: .seconds(1), instance)
            try await Self.set("unknown", "b", in: .seconds(1), instance)
            try await lab.world.sleep(for: .seconds(200))
            let left = try await instance.run { store in try store.read { try String.fetchAll($0, sql: "SELECT kind FROM timers") } }
            #expect(left == ["unknown"])
            #expect(try await instance.notes().isEmpty)
            loop.cancel()
            try await loop.value
        }
    }
}
