import ArgumentParser
import Foundation
import Lab
import Telemetry

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The lab's log.", discussion: "EXAMPLE\n  labctl logs -f --service orders --level warning")
    @OptionGroup var lab: LabOptions
    @Flag(name: .shortAndLong, help: "Go on with new lines until interrupted.") var follow = false
    @Option(name: [.customShort("n"), .long], help: "How many past lines.") var lines = 100
    @Option(help: "Only lines of this service.") var service: String?
    @Option(help: "Only lines of this level or above.") var level: String?

    func run() async throws {
        try Arguments.count(lines, "--lines", in: 0...100_000)
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        if let level, !levels.contains(level) { throw LabError.unknown("log level", level, known: levels) }
        let directory = try lab.directory()
        if directory.owner == nil {
            guard !follow, directory.isLab else { throw ControlClient.notRunning(directory) }
            for line in LogFile.tail(directory, lines: lines, service: service, level: level) { show(line) }
            return
        }
        let client = try lab.client()
        if let service, service != "lab" { _ = try await client.service(named: service) }
        let query = ["lines": String(lines), "follow": follow ? "true" : "false", "service": service, "level": level]
        try await client.lines("/logs", query: query) { data in show(try JSONDecoder().decode(LogLine.self, from: data)) }
    }

    private func show(_ line: LogLine) {
        lab.output.stream(line) {
            switch line.level {
            case "error", "critical": Terminal.red(line.readable)
            case "warning": Terminal.yellow(line.readable)
            default: line.readable
            }
        }
    }
}
