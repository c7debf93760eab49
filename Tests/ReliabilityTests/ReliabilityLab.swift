import Foundation
import GRDB
import LMDBBus
import Logging
import Messaging
import Reliability
import Runtime
import Storage
import Synchronization

/// The log, and services with stores of their own beside it, in a simulated world.
final class ReliabilityLab: Sendable {
    static let topic = Topic("note-events", partitions: 1)
    static let noted = MessageType<String>("Note.Taken.v1", on: topic, "A note was taken.")

    static let plain = MessageType<String>("Note.Kept.v1", on: topic, "A note of another type.")

    let world: World
    let folder: URL
    let log: LMDBMessageBus
    private let loops = Mutex([Task<Void, any Error>]())

    init(_ world: World, folder: URL) async throws {
        self.world = world
        self.folder = folder
        log = try LMDBMessageBus.open(
            world: world.instance("bus"), directory: folder.appendingPathComponent("log"), options: LogOptions(persistence: .volatile))
        try await log.declare([Self.topic])
    }

    /// A service, or the same one again after a restart: the file is named after the service.
    func instance(_ name: String) throws -> Instance {
        let world = world.instance(name)
        let store = try ServiceStore.open(
            world: world, service: name, file: folder.appendingPathComponent("\(name).sqlite"),
            migrations: Migrations([.init(name: "0001_notes", sql: Self.schema)]), options: StoreOptions(persistence: .volatile))
        return Instance(world: world, store: store)
    }

    private static let schema = """
        CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
        CREATE TABLE parent(id INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE child(parent_id INTEGER NOT NULL REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED) STRICT;
        """

    struct Instance: Sendable {
        let world: World
        let store: ServiceStore

        /// Runs `body` on the instance's lane, where its store belongs.
        func run<T: Sendable>(_ body: @escaping @Sendable (ServiceStore) async throws -> T) async throws -> T {
            try await world.spawn("test") { [store] in try await body(store) }.value
        }

        /// Takes a note and publishes it, under the key that stands before the colon.
        func take(_ note: String) async throws {
            try await run { store in
                try await store.write(cause: Cause(correlationID: "test")) { tx in
                    try tx.publish(ReliabilityLab.noted, note, subject: String(note.prefix { $0 != ":" }))
                }
            }
        }

        func notes() async throws -> [String] {
            try await run { store in try store.read { try String.fetchAll($0, sql: "SELECT text FROM note ORDER BY id") } }
        }

        func close() async throws { try await run { try $0.close() } }
    }

    /// Starts a loop on an instance's lane; `stop` ends it.
    @discardableResult
    func start(_ instance: Instance, _ run: @escaping @Sendable () async throws -> Void) -> Task<Void, any Error> {
        let loop = instance.world.spawn("loop", run)
        loops.withLock { $0.append(loop) }
        return loop
    }

    func stop() async throws {
        for loop in loops.withLock({ $0 }) {
            loop.cancel()
            do { try await loop.value } catch is CancellationError {} catch is InstanceCrash {}
        }
    }

    /// Payloads in the log, oldest first.
    func logged() async throws -> [String] {
        try await log.browse(topic: Self.topic.name, partition: 0, from: 0, max: 1000).map { try Self.noted.payload(of: $0.message) }
    }

    /// Publishes as somebody outside, not through an outbox.
    func publish(_ notes: String..., as type: MessageType<String> = noted) async throws {
        try await log.publish(
            notes.enumerated().map { index, note in
                Message(
                    id: "\(note)-\(index)", source: "outside", type: type.name, subject: "1", time: world.now, topic: Self.topic.name,
                    partitionKey: String(note.prefix { $0 != ":" }), payload: try PayloadCoding.encode(note))
            })
    }

    func subscription(_ member: String, retry: RetryPolicy = .standard) -> Subscription {
        Subscription(group: "notes", topics: [Self.topic], member: member, retry: retry)
    }

    /// Lets virtual time pass until `condition` holds.
    func wait(_ what: String, within limit: Duration = .seconds(600), until condition: () async throws -> Bool) async throws {
        let deadline = world.now + limit
        while world.now < deadline {
            if try await condition() { return }
            try await world.sleep(for: .milliseconds(20))
        }
        throw PermanentFailure("waited in vain until \(what)")
    }

    /// Until the group has answered everything, retries included.
    func settle() async throws {
        try await wait("the group has no lag") {
            let groups = try await log.groups()
            return !groups.isEmpty && groups.allSatisfy { $0.lag == 0 }
        }
    }
}

/// Runs `body` with a lab of its own in virtual time.
func withLab(seed: UInt64 = 1, _ body: @escaping @Sendable (ReliabilityLab) async throws -> Void) throws {
    let folder = TestFolder()
    try SimulatedRun(seed: seed).execute { world in
        let lab = try await ReliabilityLab(world, folder: folder.url)
        try await body(lab)
        try await lab.stop()
    }
}

/// Collects values from any lane of a run.
final class Collector<Value: Sendable>: Sendable {
    private let state = Mutex([Value]())
    var values: [Value] { state.withLock { $0 } }
    var count: Int { state.withLock { $0.count } }
    func add(_ value: Value) { state.withLock { $0.append(value) } }
}

/// The failures of these tests are on purpose; their log lines would only hide others.
let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
