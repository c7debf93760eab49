import Foundation
import GRDB
import Messaging
import Runtime
import Storage
import Testing

@Suite struct InboxTests {
    @Test func `a message is a first delivery once for each group`() throws {
        let fixture = try StoreFixture()
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let answers = try await store.write(cause: cause) { tx in
                [
                    try tx.isFirstDelivery(of: "m1", source: "users", to: "g1"),
                    try tx.isFirstDelivery(of: "m1", source: "users", to: "g1"),
                    try tx.isFirstDelivery(of: "m1", source: "users", to: "g2"),
                    try tx.isFirstDelivery(of: "m1", source: "orders", to: "g1"),
                ]
            }
            #expect(answers == [true, false, true, true])
        }
    }
}

@Suite struct DurableTimerTests {
    let fixture: StoreFixture
    init() throws { fixture = try StoreFixture() }

    @Test func `a timer is due at its time and not before`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let due = world.now + .seconds(3600)
            try await store.write(cause: cause) { tx in try tx.setTimer("reminder", subject: "7", at: due, payload: Data([1])) }
            let timers = try await store.waitForTimer()
            #expect(world.now == due)
            #expect(timers == [DueTimer(kind: "reminder", subject: "7", dueAt: due, payload: Data([1]))])
        }
    }

    @Test func `a commit that sets an earlier timer wakes the waiting loop`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let start = world.now
            try await store.write(cause: cause) { tx in try tx.setTimer("late", subject: "1", at: start + .seconds(100)) }
            let loop = world.spawn("timers") { try await store.waitForTimer().map(\.kind) }
            try await world.sleep(for: .seconds(1))
            try await store.write(cause: cause) { tx in try tx.setTimer("early", subject: "1", at: start + .seconds(10)) }
            #expect(try await loop.value == ["early"])
            #expect(world.now == start + .seconds(10))
        }
    }

    @Test func `a timer survives a restart and a moved timer is taken only at its new time`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let start = world.now
            try await store.write(cause: cause) { tx in try tx.setTimer("saga", subject: "1", at: start + .seconds(5)) }
            try store.close()
            let reopened = try fixture.open(world)
            let old = try await reopened.waitForTimer()[0]
            try await reopened.write(cause: cause) { tx in try tx.setTimer("saga", subject: "1", at: start + .seconds(50)) }
            let taken = try await reopened.write(cause: cause) { tx in try tx.takeTimer(old) }
            #expect(!taken)
            #expect(try await reopened.waitForTimer().map(\.dueAt) == [start + .seconds(50)])
        }
    }
}

@Suite struct IdempotencyKeyTests {
    @Test func `a stored reply is found again and undone with its write`() throws {
        let fixture = try StoreFixture()
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let reply = StoredReply(fingerprint: "f", status: 201, headers: ["Location": "/orders/1"], body: Data("{}".utf8))
            try await store.write(cause: cause) { tx in try tx.storeReply(reply, scope: "place:1", key: "k") }
            await #expect(throws: CancellationError.self) {
                try await store.write(cause: cause) { tx in
                    try tx.storeReply(reply, scope: "place:1", key: "undone")
                    throw CancellationError()
                }
            }
            #expect(try store.read { try StoredReply.find(scope: "place:1", key: "k", in: $0) } == reply)
            #expect(try store.read { try StoredReply.find(scope: "place:1", key: "undone", in: $0) } == nil)
            #expect(try store.read { try StoredReply.find(scope: "place:2", key: "k", in: $0) } == nil)
        }
    }

    @Test func `replies are forgotten after a day, a few with each that is kept`() throws {
        let fixture = try StoreFixture()
        try fixture.simulate { world in
            let store = try fixture.open(world)
            let reply = StoredReply(fingerprint: "f", status: 201, headers: [:], body: Data())
            func keep(_ keys: ClosedRange<Int>) async throws {
                for key in keys { try await store.write(cause: cause) { tx in try tx.storeReply(reply, scope: "s", key: "\(key)") } }
            }
            func isKept(_ key: Int) throws -> Bool { try store.read { try StoredReply.find(scope: "s", key: "\(key)", in: $0) } != nil }
            try await keep(1...6)
            try await world.sleep(for: StoredReply.keptFor - .seconds(1))
            try await keep(7...7)
            #expect(try store.count("idempotency_keys") == 7)
            try await world.sleep(for: .seconds(2))
            try await keep(8...8)
            #expect(try store.count("idempotency_keys") == 6)
            try await keep(9...20)
            #expect(try !isKept(1) && !isKept(6) && isKept(7) && isKept(20))
            #expect(try store.count("idempotency_keys") == 14)
        }
    }
}

@Suite struct MigrationTests {
    let fixture: StoreFixture
    init() throws { fixture = try StoreFixture() }

    private func openError(_ migrations: Migrations) throws -> StorageError? {
        let fixture = fixture
        return try fixture.simulate { world in
            do {
                try fixture.open(world, migrations).close()
                return nil
            } catch let error as StorageError { return error }
        }
    }

    @Test func `a later file is applied to existing data`() throws {
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            _ = try await store.note("kept")
            try store.close()
            let more = Migrations(
                StoreFixture.migrations.files + [
                    .init(name: "0002_stars", sql: "ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 3;")
                ])
            let reopened = try fixture.open(world, more)
            #expect(try reopened.read { try Int.fetchOne($0, sql: "SELECT stars FROM note WHERE text = 'kept'") } == 3)
        }
    }

    @Test func `a changed file is refused by name`() throws {
        #expect(try openError(StoreFixture.migrations) == nil)
        let error = try openError(Migrations([.init(name: "0001_notes", sql: "CREATE TABLE note(id INTEGER PRIMARY KEY) STRICT;")]))
        #expect(error?.code == .migrationChanged)
        #expect(error?.message.contains("0001_notes") == true)
    }

    @Test func `a failing file leaves the database as it was`() throws {
        let broken = Migrations(
            StoreFixture.migrations.files + [.init(name: "0002_broken", sql: "CREATE TABLE extra(id); CREATE TABL oops;")])
        #expect(try openError(StoreFixture.migrations) == nil)
        #expect(try openError(broken)?.code == .migrationFailed)
        let fixture = fixture
        try fixture.simulate { world in
            let store = try fixture.open(world)
            #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master WHERE name = 'extra'") } == 0)
        }
    }

    @Test func `data of a newer build is refused`() throws {
        let newer = Migrations(StoreFixture.migrations.files + [.init(name: "0009_future", sql: "SELECT 1;")])
        #expect(try openError(newer) == nil)
        #expect(try openError(StoreFixture.migrations)?.message.contains("0009_future") == true)
    }

    @Test func `a damaged file is refused with what to do next`() throws {
        try Data(repeating: 0x55, count: 8192).write(to: fixture.file)
        let error = try openError(StoreFixture.migrations)
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("labctl reset") == true)
    }
}
