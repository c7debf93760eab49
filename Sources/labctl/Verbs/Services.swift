import ArgumentParser
import Lab

struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop one service; the others go on without it.",
        discussion: "EXAMPLE\n  labctl stop payments      # then place an order and watch the saga\n  labctl start payments")
    @OptionGroup var lab: LabOptions
    @Argument(help: "The service, by its name in the topology.") var service: String
    func run() async throws { try await ServiceOrder.give("stop", to: service, lab) }
}

struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a stopped service from its files.", discussion: "EXAMPLE\n  labctl start payments")
    @OptionGroup var lab: LabOptions
    @Argument(help: "The service, by its name in the topology.") var service: String
    func run() async throws { try await ServiceOrder.give("start", to: service, lab) }
}

enum ServiceOrder {
    static func give(_ order: String, to name: String, _ lab: LabOptions) async throws {
        let client = try lab.client()
        let service = try await client.service(named: name)
        let after: InstanceStatus = try await client.post("/services/\(service.name)/\(order)")
        lab.output.show(after) { Terminal.line("\(after.name) is \(Status.paint(after.state))") }
    }
}
