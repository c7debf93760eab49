#if os(Linux)
    import Foundation
    import Messaging
    import Runtime
    import Testing

    @testable import LMDBBus

    /// Pages of the log that the process has touched are not its own for ever.
    @Suite struct MappedPagesTests {
        /// Bytes of the log's mapping that are in this process.
        private static func resident(_ file: URL) throws -> Int {
            // Not in one piece: the file says that it has no bytes.
            let all = try #require(try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps")).readToEnd())
            let lines = String(decoding: all, as: UTF8.self).split(separator: "\n")
            let mapping = try #require(lines.firstIndex { $0.hasSuffix(" \(file.resolvingSymlinksInPath().path)") }, "the log is mapped")
            let line = try #require(lines[mapping...].first { $0.hasPrefix("Rss:") })
            return try #require(Int(line.split(separator: " ")[1])) * 1024
        }

        @Test func `reading a whole log leaves only its newest part in memory`() throws {
            let directory = LogDirectory()
            try SimulatedRun(seed: 1).execute { world in
                let bus = try directory.open(world)
                defer { bus.close() }
                try await bus.declare([Samples.single])
                let member = try await bus.subscribe(Subscription(group: "reader", topics: [Samples.single], member: "m"))
                var (published, read) = (0, 0)
                while published < 10_000 {
                    try await bus.publish(Samples.messages(published..<published + 100, topic: Samples.single, bytes: 1_000))
                    published += 100
                    while read < published {
                        let batch = try await member.next(max: 100)
                        try await member.acknowledge(batch.map(\.receipt))
                        read += batch.count
                    }
                }
                let bytes = try FileManager.default.attributesOfItem(atPath: directory.file.path)[.size] as? Int ?? 0
                #expect(bytes > 10_000_000)
                let resident = try Self.resident(directory.file)
                #expect(resident < bytes / 4, "\(resident) of \(bytes) bytes")
                // What has left memory is still there.
                let again = try await bus.consume(published, group: "late", topic: Samples.single)
                #expect(again.map(\.message.subject) == (0..<published).map(String.init))
            }
        }
    }
#endif
