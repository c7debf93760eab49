import ArgumentParser
import Lab

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the tables that follow from events again, and say how they differed.",
        discussion: """
            EXAMPLE
              labctl rebuild analytics --dry-run     compare only
              labctl rebuild orders

            orders replays its event streams, analytics the whole log. With --dry-run the exit code is 1 when something differs.
            """)
    @OptionGroup var lab: LabOptions
    @Argument(help: "The service.") var service: String
    @Flag(help: "Compare, and change nothing.") var dryRun = false

    func run() async throws {
        let client = try lab.client()
        let name = try await client.service(named: service).name
        let rebuild: RebuildView = try await client.post(
            "/services/\(ControlClient.escape(name))/rebuild", query: ["dry_run": dryRun ? "true" : "false"], timeout: .seconds(3600))
        lab.output.show(rebuild) { show(rebuild) }
        if dryRun, !rebuild.differences.isEmpty { throw ExitCode(1) }
    }

    private func show(_ rebuild: RebuildView) {
        let events = "\(Spelling.count(rebuild.events, "event")) applied again"
        if rebuild.differences.isEmpty {
            Terminal.line("\(Terminal.green("equal")) \(rebuild.service): \(events), every table is as it should be")
            return
        }
        Terminal.line(
            "\(Terminal.red("different")) \(rebuild.service): \(events)" + (rebuild.is_replaced ? ", the tables were replaced" : ""))
        for difference in rebuild.differences { Terminal.line("  " + difference.split(separator: "\n").joined(separator: "\n  ")) }
        if !rebuild.is_replaced { Terminal.line("  \(Terminal.dim("next:")) \(Advice("labctl rebuild \(rebuild.service)").text)") }
    }
}
