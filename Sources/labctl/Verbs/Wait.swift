import ArgumentParser
import Lab
import Runtime

struct Wait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until a service runs, the lab is ready, or nothing is on its way.",
        discussion: """
            EXAMPLE
              labctl wait quiet --timeout 30s && labctl call GET /api/v1/analytics/summary

            quiet: no group lags, no outbox holds a message, no saga is open. Read from the state itself, not guessed from silence.
            ready: every service runs.
            """)
    @OptionGroup var lab: LabOptions
    @Argument(help: "quiet, ready, or a service's name.") var target: String
    @Option(help: "Then exit code 7.") var timeout = "60s"

    func run() async throws {
        let timeout = try Arguments.duration(timeout, "--timeout")
        let client = try lab.client()
        switch target {
        case "quiet": try await quiet(client, timeout)
        case "ready": try await running(client, nil, timeout)
        default: try await running(client, try await client.service(named: target).name, timeout)
        }
    }

    private func quiet(_ client: ControlClient, _ timeout: Duration) async throws {
        let report: QuietReport = try await client.get(
            "/quiet", query: ["wait_ms": String(timeout.microseconds / 1000)], timeout: timeout + .seconds(30))
        guard report.is_quiet else {
            throw LabError(
                .timedOut, "not quiet within \(self.timeout)", why: report.open.joined(separator: "\n"),
                next: "labctl group ls; labctl saga ls --open")
        }
        lab.output.show(report) { Terminal.line("quiet: nothing is on its way") }
    }

    private func running(_ client: ControlClient, _ name: String?, _ timeout: Duration) async throws {
        var services = [InstanceStatus]()
        do {
            try await Waiting.until(timeout, "\(name ?? "every service") to run", next: "labctl ps; labctl logs") {
                services = try await client.status().services.filter { name == nil || $0.name == name }
                return services.allSatisfy { $0.state == .running }
            }
        } catch let error as LabError where error.kind == .timedOut {
            let missing = services.filter { $0.state != .running }
            let stopped = missing.first { $0.state == .stopped }
            throw LabError(
                .timedOut, error.what, why: missing.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: "\n"),
                next: stopped.map { "labctl start \($0.name)" } ?? error.next)
        }
        lab.output.show(services) { Terminal.line("\(name ?? "every service") runs") }
    }
}
