import Foundation
import Runtime
import ServiceKit
import Telemetry

extension LabSettings {
    /// Sets every service up in a temporary folder, as a start does, and hears which settings it asks for; nothing runs, and no lab is
    /// touched.
    /// - Throws: ``LabError`` of kind `usage` for a setting that no service asks for or can read: the same that a start throws.
    public func check() async throws {
        let world = World.live(instance: "settings")
        defer { world.shutDown() }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("servicelab-settings-\(world.makeID())")
        let directory = DataDirectory(folder)
        try directory.create()
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        var throwAway = topology
        throwAway.broker.persistence = .volatile
        let settings = LabSettings(
            topology: throwAway, data: nil, host: host, logLevel: logLevel, isIsolated: isIsolated, values: values)
        try await world.spawn("settings") {
            let platform = try Platform(
                world: world, settings: settings, directory: directory, secrets: SecretStore(directory: directory.secrets),
                log: LogSink(), eventLoops: nil)
            do {
                try await platform.prepare()
            } catch {
                await platform.unprepare()
                throw error
            }
            await platform.unprepare()
        }.value
    }

    /// Where a service's setting comes from: a flag, a variable, or the line of the topology's file.
    func source(of key: String, for service: String) -> String? {
        let source = values.first { $0.key == "\(service).\(key)" }?.source
        guard source == nil || source == "topology" else { return source }
        let path = topology.services.firstIndex { $0.name == service }.map { "services[\($0)]" } ?? "gateway"
        return topology.places?["\(path).settings.\(key)"] ?? source
    }
}
