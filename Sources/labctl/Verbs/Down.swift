import ArgumentParser
import Foundation
import Lab

struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop the lab: finish what is being answered, commit, close. The data stays.",
        discussion: "EXAMPLE\n  labctl down --timeout 20s\n\nMessages that are still on their way are delivered after the next `labctl up`."
    )

    @OptionGroup var lab: LabOptions
    @Option(help: "How long to wait for the end.") var timeout = "30s"

    struct Result: Encodable {
        var stopped: Bool
        var data: String
        var pid: Int32?
    }

    func run() async throws {
        let timeout = try Arguments.duration(timeout, "--timeout")
        let client = try lab.client()
        let directory = client.directory
        let pid = directory.owner
        let _: Acknowledged = try await client.post("/down")
        try await Waiting.until(
            timeout, "the lab (process \(pid.map(String.init) ?? "?")) to end", next: "kill \(pid.map(String.init) ?? "PID")"
        ) {
            directory.owner == nil
        }
        lab.output.show(Result(stopped: true, data: directory.path, pid: pid)) {
            Terminal.line("stopped; the data stays in \(directory.path)")
        }
    }
}
