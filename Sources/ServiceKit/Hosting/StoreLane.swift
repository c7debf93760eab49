import Runtime
import Storage

/// Reaches a service's store from code that does not run on its lane.
actor StoreLane {
    private let world: World
    private let store: ServiceStore

    nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    init(world: World, store: ServiceStore) {
        self.world = world
        self.store = store
    }

    func storedReply(scope: String, key: String) throws -> StoredReply? {
        try store.read { try StoredReply.find(scope: scope, key: key, in: $0) }
    }

    /// Whether the database answers.
    func probe() -> Bool {
        do {
            _ = try store.read { try StoredReply.find(scope: "health", key: "", in: $0) }
            return true
        } catch {
            return false  // whatever the reason: the health check says that the database does not answer
        }
    }

    func outboxBacklog() throws -> Int { try store.outboxBacklog() }

    func close() throws { try store.close() }
}
