import ArgumentParser
import Foundation
import LMDBBus
import Messaging
import Runtime

/// A million messages that nobody has read yet: what they cost in memory, and how soon a process that was killed delivers them again.
enum BacklogBench {
    static let topic = Topic("bench", partitions: 8)
    static let group = "bench"

    struct Figures {
        /// Anonymous memory added by the backlog, in MiB.
        var memory: Double
        /// From the start of a process to its first delivery, in milliseconds.
        var firstDelivery: Double
    }

    /// Fills a log in one process, ends that with SIGKILL, and has another one deliver.
    static func figures(messages: Int) throws -> Figures {
        let folder = try ScratchFolder("backlog")
        defer { folder.remove() }
        let filler = try ChildProcess(
            ChildProcess.sibling("labbench"), ["backlog-fill", folder.url.path, "\(messages)"], captureOutput: true)
        let memory = Double(filler.readLine()) ?? .nan
        filler.kill()
        let start = seconds()
        let reader = try ChildProcess(ChildProcess.sibling("labbench"), ["backlog-first", folder.url.path], captureOutput: true)
        _ = reader.readLine()
        let first = (seconds() - start) * 1000
        reader.kill()
        return Figures(memory: memory, firstDelivery: first)
    }
}

/// Publishes a backlog, prints what it added to this process's anonymous memory, and waits to be killed.
struct BacklogFill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "backlog-fill", abstract: "For `all`.", shouldDisplay: false)
    @Argument var folder: String
    @Argument var messages: Int

    func run() async throws {
        let messages = messages
        try await LogBench.withBus(in: URL(fileURLWithPath: folder)) { bus, world in
            try await bus.declare([BacklogBench.topic])
            let member = try await bus.subscribe(Subscription(group: BacklogBench.group, topics: [BacklogBench.topic], member: "one"))
            await member.close()
            let batch = (0..<1000).map { LogBench.message($0, topic: BacklogBench.topic, payload: LogBench.payload) }
            // What the first messages make the process allocate once is not the backlog's.
            try await bus.publish(batch)
            let before = ChildProcess.anonymousMemory()
            for _ in 0..<messages / 1000 { try await bus.publish(batch) }
            ChildProcess.tell("\(ChildProcess.anonymousMemory() - before)")
            try await world.sleep(for: .seconds(60))
        }
    }
}

/// Opens a log and prints a line with the first delivery.
struct BacklogFirst: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "backlog-first", abstract: "For `all`.", shouldDisplay: false)
    @Argument var folder: String

    func run() async throws {
        try await LogBench.withBus(in: URL(fileURLWithPath: folder)) { bus, world in
            let member = try await bus.subscribe(Subscription(group: BacklogBench.group, topics: [BacklogBench.topic], member: "one"))
            ChildProcess.tell(try await member.next(max: 64)[0].message.id)
            try await world.sleep(for: .seconds(60))
        }
    }
}
