import Foundation
import Testing

/// The programs of `Playground`, run as a reader runs them.
@Suite struct PlaygroundTests {
    @Test func `01 publishes, refuses once, delivers all, and finds its log again`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("playground-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for run in 0..<2 {
            let (status, output) = try program("PublishAndConsume", folder.path)
            #expect(status == 0, "\(output)")
            let lines = output.split(separator: "\n")
            #expect(lines.filter { $0.hasPrefix("published") }.count == 3)
            // The second run goes on behind the messages of the first.
            #expect(lines.contains("published Edsger at partition 0, offset \(run): durable"), "\(output)")
            #expect(lines.contains("refused   {\"text\":\"Hello, Grace\"}: again in 50 ms"), "\(output)")
            #expect(lines.contains("delivered {\"text\":\"Hello, Grace\"}, attempt 2"), "\(output)")
            #expect(lines.filter { $0.hasPrefix("delivered") }.count == 3, "\(output)")
            #expect(lines.last == "group readers: lag 0, generation \(run * 2 + 2)", "\(output)")
        }
    }

    private func program(_ name: String, _ argument: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = LabctlProcess.executable.deletingLastPathComponent().appendingPathComponent(name)
        process.arguments = [argument]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
