import Foundation

/// The checkout that these tests were built from.
enum Project {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func sources() throws -> [(path: String, text: String)] {
        guard let walk = FileManager.default.enumerator(atPath: root.appendingPathComponent("Sources").path) else { return [] }
        return try walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            ("Sources/\(name)", try String(contentsOf: root.appendingPathComponent("Sources/\(name)"), encoding: .utf8))
        }
    }

    /// What a program prints.
    /// - Throws: ``ProgramFailed``.
    static func run(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ProgramFailed(words: words, status: process.terminationStatus) }
        return String(decoding: data, as: UTF8.self)
    }

    struct ProgramFailed: Error {
        let words: [String]
        let status: Int32
    }
}
