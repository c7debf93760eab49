import EventSourcing
import Foundation
import GRDB
import Messaging
import Runtime
import Storage
import Testing

@Suite struct EventStreamTests {
    enum AccountEvent: StoredEvent, Hashable {
        case opened(owner: String), deposited(Int64), closed
        var typeName: String {
            switch self {
            case .opened: "account.opened"
            case .deposited: "account.deposited"
            case .closed: "account.closed"
            }
        }
    }

    static let events = EventStream<AccountEvent>(table: "account_events")
    static let accounts = Projection("accounts", of: events, tables: ["account", "deposit"]) { recorded, db in
        switch recorded.event {
        case .opened(let owner):
            try db.execute(sql: "INSERT INTO account(id, owner, balance) VALUES (?, ?, 0)", arguments: [recorded.stream, owner])
        case .deposited(let amount):
            try db.execute(
                sql: "INSERT INTO deposit(account_id, version, amount) VALUES (?, ?, ?)",
                arguments: [recorded.stream, recorded.version, amount])
            try db.execute(
                sql:
                    "INSERT INTO account(id, owner, balance) VALUES (?, '', ?) ON CONFLICT(id) DO UPDATE SET balance = balance + excluded.balance",
                arguments: [recorded.stream, amount])
        case .closed: try db.execute(sql: "UPDATE account SET is_open = 0 WHERE id = ?", arguments: [recorded.stream])
        }
    }

    static let migrations = Migrations([
        .init(
            name: "0001_accounts",
            sql: """
                CREATE TABLE account_events(stream TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL, data BLOB NOT NULL,
                  at INTEGER NOT NULL, PRIMARY KEY(stream, version)) STRICT;
                CREATE TABLE account(id TEXT PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL, is_open INTEGER NOT NULL DEFAULT 1) STRICT;
                CREATE TABLE deposit(account_id TEXT NOT NULL REFERENCES account(id), version INTEGER NOT NULL, amount INTEGER NOT NULL) STRICT;
                CREATE UNIQUE INDEX deposit_once ON deposit(account_id, version);
                """)
    ])

    let folder = TestFolder()

    private func simulate(_ body: @escaping @Sendable (ServiceStore) async throws -> Void) throws {
        let file = folder.url.appendingPathComponent("accounts.sqlite")
        try SimulatedRun(seed: 1).execute { world in
            let accounts = world.instance("accounts")
            try await accounts.spawn("body") {
                try await body(
                    ServiceStore.open(
                        world: accounts, service: "accounts", file: file, migrations: Self.migrations,
                        options: StoreOptions(persistence: .volatile)))
            }.value
        }
    }

    @Sendable private static func append(_ events: [AccountEvent], to stream: String, expecting: Int64?, _ store: ServiceStore) async throws
        -> Int64
    {
        try await store.write(cause: Cause(correlationID: "test")) { tx in
            let version = try Self.events.append(events, to: stream, expecting: expecting, in: tx)
            for recorded in try Self.events.load(stream, after: version - Int64(events.count), in: tx.db) {
                try Self.accounts.apply(recorded, in: tx.db)
            }
            return version
        }
    }

    @Test func `events come back in order and fold into a state with its version`() throws {
        try simulate { store in
            #expect(try await Self.append([.opened(owner: "ann"), .deposited(5)], to: "a", expecting: 0, store) == 2)
            #expect(try await Self.append([.deposited(7)], to: "a", expecting: 2, store) == 3)
            let loaded = try store.read { try Self.events.load("a", in: $0) }
            #expect(loaded.map(\.event) == [.opened(owner: "ann"), .deposited(5), .deposited(7)])
            #expect(loaded.map(\.version) == [1, 2, 3])
            let (balance, version) = try store.read { db in
                try Self.events.fold("a", into: Int64(0), in: db) { if case .deposited(let amount) = $1.event { $0 += amount } }
            }
            #expect(balance == 12 && version == 3)
        }
    }

    @Test func `an append that expects another version is refused and leaves nothing`() throws {
        try simulate { store in
            _ = try await Self.append([.opened(owner: "ann")], to: "a", expecting: 0, store)
            for expected in [Int64(0), 2] {
                await #expect(throws: ConcurrencyConflict(stream: "a", expected: expected, actual: 1)) {
                    _ = try await Self.append([.deposited(1)], to: "a", expecting: expected, store)
                }
            }
            #expect(try store.read { try Self.events.version(of: "a", in: $0) } == 1)
            #expect(try await Self.append([.closed], to: "a", expecting: nil, store) == 2)
        }
    }

    @Test func `a projection equals its replay until somebody meddles with it, and a rebuild puts it right`() throws {
        try simulate { store in
            _ = try await Self.append([.opened(owner: "ann"), .deposited(5), .deposited(6)], to: "a", expecting: 0, store)
            _ = try await Self.append([.opened(owner: "bob"), .closed], to: "b", expecting: 0, store)
            let compare: @Sendable () async throws -> [ProjectionDifference] = {
                try await store.write(cause: Cause(correlationID: "test")) { try Self.accounts.compare(in: $0.db) }
            }
            #expect(try await compare().isEmpty)
            try await store.write(cause: Cause(correlationID: "test")) { tx in
                try tx.db.execute(sql: "UPDATE account SET balance = 99 WHERE id = 'a'; DELETE FROM deposit WHERE version = 3")
            }
            let differences = try await compare()
            #expect(differences.map(\.table) == ["account", "deposit"])
            #expect(differences.map(\.missing) == [1, 1] && differences.map(\.surplus) == [1, 0])
            #expect(
                try store.read { try Int.fetchOne($0, sql: "SELECT balance FROM account WHERE id = 'a'") } == 99,
                "comparing changes nothing")
            #expect(try await store.write(cause: Cause(correlationID: "test")) { try Self.accounts.rebuild(in: $0.db) } == 5)
            #expect(try await compare().isEmpty)
            #expect(try store.read { try Int.fetchOne($0, sql: "SELECT balance FROM account WHERE id = 'a'") } == 11)
        }
    }
}
