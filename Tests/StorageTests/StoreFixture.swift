import Foundation
import GRDB
import Messaging
import Runtime
import Storage

/// A folder of its own for each test, removed with the fixture.
final class StoreFixture: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }  // a leftover in the temporary folder harms nobody

    var file: URL { folder.appendingPathComponent("orders.sqlite") }

    static let migrations = Migrations([
        .init(name: "0001_notes", sql: "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL CHECK(text <> '')) STRICT;")
    ])

    func open(_ world: World, _ migrations: Migrations = migrations, options: StoreOptions = StoreOptions(persistence: .volatile)) throws
        -> ServiceStore
    {
        try ServiceStore.open(world: world, service: "orders", file: file, migrations: migrations, options: options)
    }

    /// Runs `body` on the lane of an instance "orders" of a simulated world.
    func simulate<T: Sendable>(seed: UInt64 = 1, _ body: @escaping @Sendable (World) async throws -> T) throws -> T {
        try SimulatedRun(seed: seed).execute { world in
            let orders = world.instance("orders")
            return try await orders.spawn("body") { try await body(orders) }.value
        }
    }
}

let cause = Cause(correlationID: "request-1")
let topic = Topic("note-events")
let noted = MessageType<String>("Note.Taken.v1", on: topic, "A note was taken.")

extension ServiceStore {
    func note(_ text: String) async throws -> Int64 {
        try await write(cause: cause) { tx in
            try tx.db.execute(sql: "INSERT INTO note(text) VALUES (?)", arguments: [text])
            let id = tx.db.lastInsertedRowID
            try tx.publish(noted, text, subject: "\(id)")
            return id
        }
    }

    func notes() throws -> [String] { try read { try String.fetchAll($0, sql: "SELECT text FROM note ORDER BY id") } }
    func count(_ table: String) throws -> Int { try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)")! } }
}
