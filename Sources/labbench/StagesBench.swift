import Foundation
import LMDBBus
import Messaging
import Reliability
import Runtime
import Storage
import Synchronization

/// A saga without HTTP: three services in a row, each consumes, writes a row, and publishes to the next in one durable transaction.
enum StagesBench {
    struct Step: Codable, Sendable { var began: Double }
    private static let types = (0...3).map {
        MessageType<Step>("Bench.Stage\($0).v1", on: Topic("bench-stage-\($0)", partitions: 1), "A step.")
    }
    private static let migrations = Migrations([
        .init(name: "0001_steps", sql: "CREATE TABLE steps(id INTEGER PRIMARY KEY, began REAL NOT NULL) STRICT;")
    ])

    /// One saga at a time: from before the first commit until the third service has committed and its event is in the log.
    static func sagas(for duration: Double) async throws -> Sample {
        let folder = try ScratchFolder("stages")
        defer { folder.remove() }
        let root = World.live(instance: "stages")
        let bus = try LMDBMessageBus.open(world: root, directory: folder.url.appendingPathComponent("bus"), options: LogOptions())
        try await bus.declare(types.map(\.topic))
        let done = Done()
        var stages = [Stage]()
        for number in 0...3 {
            let world = root.instance("stage-\(number)")
            let store = try ServiceStore.open(
                world: world, service: "stage-\(number)", file: folder.url.appendingPathComponent("\(number).sqlite"),
                migrations: migrations)
            stages.append(Stage(world, store, bus, number, observer: number == 3 ? done : nil))
        }
        let first = stages[0]
        let latencies = try await first.world.spawn("starter") {
            var latencies = [Double]()
            let start = seconds()
            while seconds() - start < duration {
                let began = seconds()
                try await first.store.write(cause: Cause(correlationID: "bench")) { tx in
                    try tx.publish(types[0], Step(began: began), subject: "saga")
                }
                while done.count <= latencies.count { try await first.world.sleep(for: .microseconds(50)) }
                latencies.append((done.last - began) * 1e6)
            }
            return latencies
        }.value
        for stage in stages { try await stage.stop() }
        bus.close()
        root.shutDown()
        return Sample(count: latencies.count, seconds: latencies.reduce(0, +) / 1e6, latencies: latencies)
    }

    private struct Stage {
        let world: World
        let store: ServiceStore
        private let loops: [Task<Void, any Error>]

        /// Stage 0 only begins; stage n consumes what stage n - 1 publishes.
        init(_ world: World, _ store: ServiceStore, _ bus: LMDBMessageBus, _ number: Int, observer: (any RelayObserver)?) {
            self.world = world
            self.store = store
            var loops = [world.spawn("relay") { try await OutboxRelay(world: world, store: store, bus: bus, observer: observer).run() }]
            if number > 0 {
                var handlers = MessageHandlers()
                handlers.on(types[number - 1]) { step, _, tx in
                    try tx.db.run("INSERT INTO steps(began) VALUES (?)", step.began)
                    try tx.publish(types[number], step, subject: "saga")
                }
                let subscription = Subscription(group: "stage-\(number)", topics: [types[number - 1].topic], member: "one")
                loops.append(
                    world.spawn("consumer") { [handlers] in
                        try await ConsumerLoop(world: world, bus: bus, store: store, subscription: subscription, handlers: handlers).run()
                    })
            }
            self.loops = loops
        }

        func stop() async throws {
            for loop in loops { loop.cancel() }
            for loop in loops { _ = await loop.result }
            try await world.spawn("close") { [store] in try store.close() }.value
            world.shutDown()
        }
    }

    /// When the last event reached the log.
    private final class Done: RelayObserver {
        private let state = Mutex((count: 0, last: 0.0))
        var count: Int { state.withLock { $0.count } }
        var last: Double { state.withLock { $0.last } }
        func relayed(messages: Int) {
            let now = seconds()
            state.withLock { $0 = ($0.count + messages, now) }
        }
    }
}
