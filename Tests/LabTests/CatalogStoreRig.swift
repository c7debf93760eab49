import Foundation
import GRDB
import Messaging
import Runtime
import ServiceKit
import Storage

/// One service's store in a simulated world, driven by hand: what is published can be read back, in order.
final class CatalogStoreRig: Sendable {
    let world: World
    let store: ServiceStore

    /// Runs `body` on the service's own lane.
    static func run<T: Sendable>(
        _ declaration: ServiceDeclaration, seed: UInt64 = 1, _ body: @escaping @Sendable (CatalogStoreRig) async throws -> T
    ) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(declaration.name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover in the temporary folder harms nobody
        return try SimulatedRun(seed: seed).execute { main in
            let world = main.instance(declaration.name)
            return try await world.spawn("test") {
                let store = try ServiceStore.open(
                    world: world, service: declaration.name, file: folder.appendingPathComponent("\(declaration.name).sqlite"),
                    migrations: declaration.migrations, options: StoreOptions(persistence: .volatile))
                defer { try? store.close() }  // the file is removed anyway
                return try await body(CatalogStoreRig(world: world, store: store))
            }.value
        }
    }

    private init(world: World, store: ServiceStore) {
        self.world = world
        self.store = store
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws -> T {
        try await store.write(cause: Cause(correlationID: "test"), body)
    }

    /// What `body` published on a topic, as `type`.
    func published(on topic: Topic, by body: () async throws -> Void) async throws -> [String] {
        let before = try store.read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM outbox") ?? 0 }
        try await body()
        return try store.read { db in
            try String.fetchAll(
                db, sql: "SELECT type FROM outbox WHERE id > ? AND topic = ? ORDER BY id", arguments: [before, topic.name])
        }
    }

    func rows(_ sql: String) throws -> [[String]] {
        try store.read { db in
            try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map { String.fromDatabaseValue($0) ?? $0.description } }
        }
    }

    /// A command of order `order`, as the orders service sends it.
    static func command(of order: String) -> Message {
        Message(
            id: "orders-1", source: "orders", type: "any", subject: order, time: .epoch, topic: "any", partitionKey: order,
            correlationID: "saga \(order)", payload: Data())
    }
}
