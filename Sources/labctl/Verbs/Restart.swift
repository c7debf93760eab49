import ArgumentParser
import Lab

struct Restart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Restart one service, or every service of the lab.",
        discussion:
            "EXAMPLE\n  labctl restart orders\n\nA service starts as a fresh instance from its files; what it had not acknowledged is delivered again."
    )
    @OptionGroup var lab: LabOptions
    @Argument(help: "The service; all of them when absent.") var service: String?

    func run() async throws {
        if let service { return try await ServiceOrder.give("restart", to: service, lab) }
        let client = try lab.client()
        var after = [InstanceStatus]()
        for service in try await client.status().services { after.append(try await client.post("/services/\(service.name)/restart")) }
        lab.output.show(after) { for service in after { Terminal.line("\(service.name) is \(Status.paint(service.state))") } }
    }
}
