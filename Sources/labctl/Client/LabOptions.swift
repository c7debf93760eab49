import ArgumentParser
import Foundation
import Lab

/// The options of every verb that speaks to a lab.
struct LabOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Data directory of the lab.", discussion: "The default is the lab started last from here.", valueName: "dir"))
    var data: String?

    @Flag(help: "Answer as JSON; streams as one document a line.")
    var json = false

    var output: Output { Output(isJSON: json) }

    /// The directory meant: `--data`, `LAB_DATA`, the one of `LAB_TOPOLOGY`, the last one, the default topology's.
    func directory() throws -> DataDirectory {
        try CurrentLab().meant(data: data, environment: ProcessInfo.processInfo.environment, library: .standard())
    }

    func client() throws -> ControlClient { try ControlClient(directory()) }
}

extension ControlClient {
    func status() async throws -> LabStatus { try await get("/status") }

    /// Checks a service's name before anything is done with it, so that a typing mistake never waits.
    func service(named name: String) async throws -> InstanceStatus {
        let services = try await status().services
        guard let service = services.first(where: { $0.name == name }) ?? services.first(where: { $0.service == name }) else {
            throw LabError.unknown("service", name, known: services.map(\.name), list: "labctl ps")
        }
        return service
    }
}
