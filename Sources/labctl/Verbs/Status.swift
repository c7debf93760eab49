import ArgumentParser
import Lab

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The lab and its services at a glance.", discussion: "EXAMPLE\n  labctl status --json | jq .gateway")
    @OptionGroup var lab: LabOptions

    func run() async throws {
        let status = try await lab.client().status()
        lab.output.show(status) { Self.show(status) }
    }

    static func show(_ status: LabStatus) {
        Terminal.line("\(Terminal.bold(status.topology))  \(Terminal.dim(status.summary))")
        var facts = [
            ("gateway", status.gateway ?? "none"), ("data", status.data), ("persistence", "\(status.persistence): \(status.fsync)"),
        ]
        facts.append(
            (
                "access",
                status.authentication == "on" ? "tokens checked" : "authentication off: every endpoint but the internal ones is public"
            ))
        facts.append(
            (
                "process",
                "\(status.pid), up \(Reading.age(since: status.started_at))" + (status.memory_mebibytes.map { ", \($0) MiB" } ?? "")
            ))
        for (name, value) in facts { Terminal.line("  \(Terminal.dim(name.padding(12)))\(value)") }
        Terminal.line("")
        table(status).show()
    }

    static func table(_ status: LabStatus) -> Table {
        var table = Table("SERVICE", "STATE", "URL", ">SINCE", ">RESTARTS", "LAST FAILURE")
        for service in status.services {
            table.add(
                service.name, paint(service.state), service.url ?? "-", Reading.age(since: service.since), String(service.restarts),
                service.last_failure ?? "-")
        }
        return table
    }

    static func paint(_ state: InstanceState) -> String {
        switch state {
        case .running: Terminal.green(state.rawValue)
        case .failed: Terminal.red(state.rawValue)
        case .starting, .stopping, .stopped: Terminal.yellow(state.rawValue)
        }
    }
}

extension String {
    func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
