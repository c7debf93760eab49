import Foundation
import Testing

/// Guides whose every command is run as it is written.
@Suite(.timeLimit(.minutes(10))) struct GuideTests {
    /// A command of a guide and the output shown below it.
    private struct Example {
        var command: String
        var output: [String]
    }

    @Test(arguments: ["docs/guides/marketplace.md"]) func `each command of a guide works, in the guide's order`(_ guide: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("guide-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            _ = try? LabctlProcess.run("down", directory: folder)
            try? FileManager.default.removeItem(at: folder)
        }
        let text = try String(contentsOf: Self.repository.appendingPathComponent(guide), encoding: .utf8)
        let examples = Self.examples(in: text)
        #expect(examples.count >= 10, "\(guide) has \(examples.count) commands")
        for example in examples {
            let (status, output) = try run(example.command, in: folder)
            // `labctl call` ends with 1 for a refusal, which a guide may want to show.
            let isRefusal = example.output.first?.firstMatch(of: #/^4\d\d /#) != nil
            #expect(status == (isRefusal ? 1 : 0), "\(example.command) ended with \(status): \(output)")
            for line in example.output where line.contains("✓") || line.contains("✗") || line.firstMatch(of: #/^\d\d\d [A-Z]/#) != nil {
                #expect(Self.shape(of: output).contains(Self.shape(of: line)), "\(example.command) does not say \"\(line)\": \(output)")
            }
        }
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func examples(in text: String) -> [Example] {
        var examples = [Example]()
        var isBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                isBlock.toggle()
            } else if isBlock, line.hasPrefix("$ ") {
                examples.append(Example(command: String(line.dropFirst(2)), output: []))
            } else if isBlock, let last = examples.indices.last {
                if examples[last].command.hasSuffix("\\"), examples[last].output.isEmpty {
                    examples[last].command += "\n" + line
                } else {
                    examples[last].output.append(line)
                }
            }
        }
        return examples
    }

    /// Without times and widths, which differ from run to run.
    private static func shape(of text: String) -> String {
        text.replacing(#/\d\d:\d\d:\d\d\.\d+/#, with: "").replacing(#/\d+(\.\d)? (µs|ms|s)\b/#, with: "").replacing(#/ +/#, with: " ")
    }

    private func run(_ command: String, in folder: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LAB_") }
        environment["PATH"] = LabctlProcess.executable.deletingLastPathComponent().path + ":" + (environment["PATH"] ?? "")
        // The guide's ports may be taken on this machine; passwords need not be strong, nor data survive a power cut.
        environment.merge(["LAB_ISOLATED": "true", "LAB_PERSISTENCE": "volatile", "LAB_USERS_PASSWORD_COST": "10"]) { $1 }
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
