import ArgumentParser
import Lab

struct Ps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The services: state, address, restarts.", discussion: "EXAMPLE\n  labctl ps --json")
    @OptionGroup var lab: LabOptions

    func run() async throws {
        let status = try await lab.client().status()
        lab.output.show(status.services) { Status.table(status).show() }
    }
}
