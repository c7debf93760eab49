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

            Where no lab runs yet, or one is just starting, that is waited for too: labctl up & labctl wait ready.
            Exit code 7 when the time is over, 17 when it is over and there was no lab, or when the lab ended meanwhile.
            """)
    @OptionGroup var lab: LabOptions
    @Argument(help: "quiet, ready, or a service's name.") var target: String
    @Option(help: "How long.") var timeout = "60s"

    func run() async throws {
        let timeout = try Arguments.duration(timeout, "--timeout")
        let end = ContinuousClock.now + timeout
        let client = try await client(within: timeout)
        switch target {
        case "quiet": try await quiet(client, until: end)
        case "ready": try await running(client, nil, end - .now)
        default: try await running(client, try await client.service(named: target).name, end - .now)
        }
    }

    /// Waits for a lab that answers. Which one is meant may turn out meanwhile: a first `up` is remembered when it is ready.
    private func client(within timeout: Duration) async throws -> ControlClient {
        var found: ControlClient?
        var starting: DataDirectory?
        do {
            try await Waiting.until(timeout, "a lab to answer", next: "labctl logs") {
                let directory = try lab.directory()
                guard directory.owner != nil else {
                    // It was there, and ended before it was ready.
                    if directory == starting { throw ControlClient.notRunning(directory) }
                    return false
                }
                starting = directory
                let client = try ControlClient(directory)
                if await client.answers() { found = client }
                return found != nil
            }
        } catch let error as LabError where error.kind == .timedOut && starting == nil {
            throw ControlClient.notRunning(try lab.directory())
        }
        guard let found else { throw ControlClient.notRunning(try lab.directory()) }
        return found
    }

    /// How long one question waits in the lab: it does not learn that this process has been ended.
    private static let slice = Duration.seconds(5)

    private func quiet(_ client: ControlClient, until end: ContinuousClock.Instant) async throws {
        var report: QuietReport
        repeat {
            let wait = max(.zero, min(Self.slice, end - .now))
            report = try await client.get("/quiet", query: ["wait_ms": String(wait.microseconds / 1000)], timeout: wait + .seconds(30))
        } while !report.is_quiet && ContinuousClock.now < end
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
