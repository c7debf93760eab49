import ArgumentParser
import Foundation
import LMDBBus
import Messaging
import Runtime

/// The durable log: publish, and publish to acknowledged.
enum LogBench {
    static func message(_ index: Int, topic: Topic, payload: Data) -> Message {
        Message(
            id: "bench-\(index)", source: "bench", type: "Bench.Message.v1", subject: "\(index)", time: .epoch, topic: topic.name,
            partitionKey: "\(index % 64)", payload: payload)
    }

    /// A payload that makes the whole record about as large as the raw limit's 256 bytes.
    static let payload = Data(repeating: 120, count: 128)

    static func withBus<T: Sendable>(
        _ name: String, _ options: LogOptions = LogOptions(), _ body: @Sendable (LMDBMessageBus, World) async throws -> T
    ) async throws -> T {
        let folder = try ScratchFolder(name)
        defer { folder.remove() }
        return try await withBus(in: folder.url, options, body)
    }

    static func withBus<T: Sendable>(
        in folder: URL, _ options: LogOptions = LogOptions(), _ body: @Sendable (LMDBMessageBus, World) async throws -> T
    ) async throws -> T {
        let world = World.live(instance: "bench")
        defer { world.shutDown() }
        let bus = try LMDBMessageBus.open(world: world, directory: folder, options: options)
        let result = try await body(bus, world)
        bus.close()
        return result
    }

    /// One caller publishes batches of `batch` messages, each batch once the one before is durable.
    /// - Parameter isNumbered: the producer numbers its messages, and the log leaves out what it has.
    static func publishBatches(
        of batch: Int, for duration: Double, partitions: Int = 1, isNumbered: Bool = false, options: LogOptions = LogOptions()
    ) async throws -> Sample {
        try await withBus("publish", options) { bus, world in
            let topic = Topic("bench", partitions: partitions)
            try await bus.declare([topic])
            return try await world.spawn("publisher") {
                let messages = (0..<batch).map { message($0, topic: topic, payload: payload) }
                var latencies = [Double]()
                var number: UInt64 = 0
                let start = seconds()
                var now = start
                while now - start < duration {
                    if isNumbered {
                        try await bus.publish(messages, .sequence(producer: "bench", numbers: Array(number..<number + UInt64(batch))))
                        number += UInt64(batch)
                    } else {
                        try await bus.publish(messages)
                    }
                    let end = seconds()
                    latencies.append((end - now) * 1e6)
                    now = end
                }
                return Sample(count: latencies.count * batch, seconds: now - start, latencies: latencies)
            }.value
        }
    }

    /// `tasks` tasks of one lane, each publishing one message at a time.
    static func publishTasks(_ tasks: Int, for duration: Double) async throws -> Sample {
        try await withBus("publish") { bus, world in
            let topic = Topic("bench", partitions: 1)
            try await bus.declare([topic])
            let start = seconds()
            return try await withThrowingTaskGroup(of: [Double].self) { group in
                for index in 0..<tasks {
                    group.addTask(executorPreference: world.lane) {
                        let batch = [message(index, topic: topic, payload: payload)]
                        var latencies = [Double]()
                        var now = seconds()
                        while now - start < duration {
                            try await bus.publish(batch)
                            let end = seconds()
                            latencies.append((end - now) * 1e6)
                            now = end
                        }
                        return latencies
                    }
                }
                var all = [Double]()
                for try await latencies in group { all += latencies }
                return Sample(count: all.count, seconds: seconds() - start, latencies: all)
            }
        }
    }

    /// Published, delivered and acknowledged durably, with `inFlight` messages published ahead; latency from publish to delivery.
    static func endToEnd(inFlight: Int, for duration: Double) async throws -> Sample {
        try await withBus("e2e") { bus, world in
            let topic = Topic("bench", partitions: 1)
            try await bus.declare([topic])
            let subscription = try await bus.subscribe(Subscription(group: "bench", topics: [topic], member: "one"))
            let consumer = world.instance("consumer")
            defer { consumer.shutDown() }
            let start = seconds()
            let consuming = consumer.spawn("consumer") {
                var latencies = [Double]()
                while true {
                    let deliveries = try await subscription.next(max: 1024)
                    if deliveries.isEmpty { return latencies }
                    let now = seconds()
                    for delivery in deliveries {
                        let sent = delivery.message.payload.withUnsafeBytes { $0.loadUnaligned(as: Double.self) }
                        latencies.append((now - sent) * 1e6)
                    }
                    try await subscription.acknowledge(deliveries.map(\.receipt))
                }
            }
            let published = try await world.spawn("publisher") {
                var count = 0
                while seconds() - start < duration {
                    var payload = payload
                    withUnsafeBytes(of: seconds()) { payload.replaceSubrange(0..<8, with: $0) }
                    try await bus.publish((0..<inFlight).map { message($0, topic: topic, payload: payload) })
                    count += inFlight
                }
                return count
            }.value
            while try await bus.groups()[0].lag > 0 { try await world.sleep(for: .milliseconds(1)) }
            try await bus.flush()
            let elapsed = seconds() - start
            await subscription.close()
            return Sample(count: published, seconds: elapsed, latencies: try await consuming.value)
        }
    }
}

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Durable publish with N messages in flight.")
    @Argument var inFlight: Int
    @Option var seconds = 1.5
    @Flag(help: "N tasks that publish one message each, instead of one caller with batches of N.") var tasks = false

    func run() async throws {
        let sample =
            tasks ? try await LogBench.publishTasks(inFlight, for: seconds) : try await LogBench.publishBatches(of: inFlight, for: seconds)
        printLine("publish \(inFlight) in flight\(tasks ? ", tasks" : "")", sample)
    }
}

struct EndToEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "e2e", abstract: "Publish, deliver and acknowledge durably, N messages in flight.")
    @Argument var inFlight: Int
    @Option var seconds = 1.5

    func run() async throws { printLine("e2e \(inFlight) in flight", try await LogBench.endToEnd(inFlight: inFlight, for: seconds)) }
}

/// One line of seven tab-separated fields.
func printLine(_ name: String, _ sample: Sample) {
    let fields = [
        "servicelab", name, "\(sample.count)", String(format: "%.3f", sample.seconds), String(format: "%.1f", sample.perSecond),
        String(format: "%.1f", sample.percentile(0.5)), String(format: "%.1f", sample.percentile(0.99)),
    ]
    print(fields.joined(separator: "\t"))
}
