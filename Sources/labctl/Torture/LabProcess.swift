import Foundation
import Lab

/// A lab in a process of its own, driven through `labctl` as a person would.
final class LabProcess {
    let directory: DataDirectory
    private var pid: pid_t = 0

    init(directory: DataDirectory) { self.directory = directory }

    /// - Returns: what `up --detach --json` says.
    func up(withSample: Bool) throws -> ReadyLab {
        var words = [
            "up", "--detach", "--json", "--isolated", "--data", directory.path, "--set", "gateway.rate_limit=1000000",
            "--set", "users.password_cost=10",
        ]
        if withSample { words.append("--seed-data") }
        let ready = try JSONDecoder().decode(ReadyLab.self, from: try labctl(words))
        pid = ready.status.pid
        return ready
    }

    /// kill -9: no farewell, nothing flushed.
    func kill() {
        Foundation.kill(pid, SIGKILL)
        // Gone for good once the lock on its directory is free.
        while directory.owner != nil { usleep(500) }
    }

    /// The end of what the lab in `directory` has printed.
    static func lastWords(_ directory: DataDirectory) -> String {
        // Without the file it has said nothing.
        guard let text = try? String(contentsOf: directory.outputFile, encoding: .utf8), !text.isEmpty else {
            return "it has printed nothing"
        }
        return text.split(separator: "\n").suffix(40).joined(separator: "\n")
    }

    func waitQuiet() async throws { _ = try labctl(["wait", "quiet", "--timeout", "120s", "--json", "--data", directory.path]) }

    func down() async throws { _ = try labctl(["down", "--json", "--data", directory.path]) }

    private func labctl(_ words: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
        process.arguments = words
        // `.lab/current` of the caller stays what it is.
        try directory.create()
        process.currentDirectoryURL = directory.root
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw LabError(
                .failed, "labctl \(words.joined(separator: " ")) ended with \(process.terminationStatus)",
                why: String(decoding: complaint, as: UTF8.self))
        }
        return data
    }
}
