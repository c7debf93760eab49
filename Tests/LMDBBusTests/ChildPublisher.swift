import Foundation
import Messaging
import Runtime
import Synchronization
import Testing

@testable import LMDBBus

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// This test program, started again as a process that publishes one message after the other and prints each offset once the bus
/// has said that it is durable.
struct ChildPublisher {
    static let directoryVariable = "LMDBBUS_CHILD_DIRECTORY"
    private let process = Process()
    private let output = Pipe()

    init(directory: URL) throws {
        process.executableURL = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe").asFileURL
        var arguments = Array(CommandLine.arguments.dropFirst())
        // Whatever this run filters, the child runs its own part only.
        while let index = arguments.firstIndex(of: "--filter"), index + 1 < arguments.count { arguments.removeSubrange(index...index + 1) }
        process.arguments = arguments + ["--filter", "ChildPublisherTests"]
        process.environment = ProcessInfo.processInfo.environment.merging([Self.directoryVariable: directory.path]) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Kills the child without warning once it has reported so many offsets.
    /// - Returns: the offsets it reported, those of the moment of its death included.
    func killAfter(lines: Int) -> [Int] {
        var reported = [Int]()
        var rest = ""
        while true {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            rest += String(decoding: data, as: UTF8.self)
            var parts = rest.split(separator: "\n", omittingEmptySubsequences: false)
            rest = String(parts.removeLast())
            reported += parts.compactMap { $0.hasPrefix("durable ") ? Int($0.dropFirst(8)) : nil }
            if reported.count >= lines { kill(process.processIdentifier, SIGKILL) }
        }
        process.waitUntilExit()
        return reported
    }
}

extension String {
    fileprivate var asFileURL: URL { URL(filePath: self) }
}

/// The child's part.
@Suite(.enabled(if: ProcessInfo.processInfo.environment[ChildPublisher.directoryVariable] != nil, "runs in a child process only"))
struct ChildPublisherTests {
    @Test func `publish until killed`() async throws {
        let path = try #require(ProcessInfo.processInfo.environment[ChildPublisher.directoryVariable])
        let world = World.live(instance: "child")
        let bus = try LMDBMessageBus.open(
            world: world, directory: URL(filePath: path), options: LogOptions(persistence: .durable, segmentMessages: 100))
        try await bus.declare([Samples.single])
        for number in 0..<1_000_000 {
            let positions = try await bus.publish([Samples.message(number, topic: Samples.single)])
            let line = Array("durable \(positions[0]!.offset)\n".utf8)
            _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        }
    }
}
