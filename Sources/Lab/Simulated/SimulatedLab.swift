import Contracts
import Foundation
import LMDBBus
import Messaging
import Runtime
import ServiceKit
import Telemetry

/// A lab in a simulated world: the production services on a seeded scheduler and a virtual clock. One seed, one history.
///
///     let history = try SimulatedLab.run(.marketplace, seed: 7) { lab in
///         let reply = await lab.call(.get, "/api/v1/products")
///         try await lab.quiet()
///     }
///     print(history.digest)
///
/// No listeners and no control socket: requests go to the gateway, or to a service, in process. Files lie in a temporary folder (in
/// memory where the machine has /dev/shm) and are removed at the end; nothing is synced.
public struct SimulatedLab: Sendable {
    public let world: World
    let platform: Platform

    /// Runs `body` in a fresh lab and returns the history of the run.
    /// - Throws: ``SimulationFailure``, or what `body` throws.
    @discardableResult
    public static func run(
        _ topology: Topology, seed: UInt64, _ body: @escaping @Sendable (SimulatedLab) async throws -> Void
    ) throws -> History {
        let folder = try TemporaryFolder("sim-\(seed)")
        defer { folder.remove() }
        var topology = topology
        topology.broker.persistence = .volatile
        topology.broker.budgetMebibytes = 64
        let settings = LabSettings(topology: topology, logLevel: "warning")
        let run = SimulatedRun(seed: seed)
        try run.execute { world in
            let platform = try Platform(
                world: world.instance("lab"), settings: settings, directory: DataDirectory(folder.url),
                secrets: SecretStore(derivedFrom: seed), log: LogSink(), eventLoops: nil)
            try await platform.start()
            do {
                try await body(SimulatedLab(world: world, platform: platform))
            } catch {
                await platform.stop()
                throw error
            }
            await platform.stop()
        }
        return run.history
    }

    /// Sends a request as a client at the gateway would, or straight to `service`.
    public func call(
        _ verb: HTTPVerb, _ path: String, body: Data = Data(), token: String? = nil, key: String? = nil, service: String? = nil
    ) async -> RawReply {
        var headers = Headers()
        if let token { headers["Authorization"] = "Bearer \(token)" }
        if let key { headers["Idempotency-Key"] = key }
        if !body.isEmpty { headers["Content-Type"] = "application/json" }
        let name = service ?? Roster.gatewayName
        guard let answering = platform.services.next(for: name) else {
            return .problem(.unavailable("\(name) is not running.", code: "peer_unavailable", retryAfter: .seconds(1)))
        }
        return await answering.respond(RawRequest(verb, path, headers: headers, body: body, origin: .edge))
    }

    /// Waits, in virtual time, until nothing is on its way.
    /// - Throws: ``LabError`` `timedOut` with what is still open.
    public func quiet(within limit: Duration = .seconds(600)) async throws {
        let report = try await platform.quiet(within: limit)
        guard report.is_quiet else { throw LabError(.timedOut, "not quiet within \(limit)", why: report.open.joined(separator: "\n")) }
    }

    /// A secret of this lab as text, such as `staff_password`.
    public func secret(_ name: String) throws -> String { try platform.secrets.text(name) }

    public func stop(_ service: String) async throws { try await platform.stop(try instance(service)) }
    public func start(_ service: String) async throws { try await platform.start(try instance(service)) }

    /// Runs a read-only statement on a service's database.
    public func sql(_ service: String, _ query: String) throws -> SQLResult {
        try SQLConsole.read(try instance(service).specification.file, query)
    }

    private func instance(_ name: String) throws -> ServiceInstance {
        guard let instance = platform.instance(named: name) else {
            throw LabError.unknown("service", name, known: platform.instances.map(\.name))
        }
        return instance
    }
}
