import Foundation
import Testing

/// Runs the `labctl` that was built with these tests, as a process of its own.
enum LabctlProcess {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// A text of the JSON object that was printed.
        func json(_ key: String) throws -> String {
            let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
            return try #require(object?[key] as? String, "no \(key) in \(output) \(errors)")
        }
    }

    static let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("labctl")

    static func run(_ words: String..., directory: URL? = nil, environment: [String: String] = [:]) throws -> Outcome {
        try run(words: words, directory: directory, environment: environment)
    }

    static func run(words: [String], directory: URL? = nil, environment: [String: String] = [:]) throws -> Outcome {
        let process = Process()
        process.executableURL = executable
        process.arguments = words
        process.currentDirectoryURL = directory ?? FileManager.default.temporaryDirectory
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LAB_") }
        variables.merge(environment) { _, new in new }
        process.environment = variables
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }
}
