import Contracts
import Foundation
import LMDBBus
import Logging
import Messaging
import Runtime
import ServiceKit
import Storage

/// One service that calls nobody, hosted in a simulated world with a log of its own.
final class CatalogHostRig: Sendable {
    let world: World
    let host: ServiceHost
    private let bus: LMDBMessageBus
    static let seller = Principal(userID: "ana", roles: ["seller"])
    static let rival = Principal(userID: "eve", roles: ["seller"])
    static let buyer = Principal(userID: "bo", roles: ["buyer"])
    static let staff = Principal(userID: "1", roles: ["staff"])

    static func run<S: Microservice>(
        _ service: S.Type, authenticates: Bool = true, _ body: @escaping @Sendable (CatalogHostRig) async throws -> Void
    ) throws {
        let name = service.declaration.name
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(name)-\(ProcessInfo.processInfo.globallyUniqueString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a folder left behind hurts nobody
        try SimulatedRun(seed: 1).execute { main in
            let bus = try LMDBMessageBus.open(
                world: main.instance("bus"), directory: folder.appendingPathComponent("log"), options: LogOptions(persistence: .volatile))
            let world = main.instance(name)
            let rig = try await world.spawn("start") {
                let store = try ServiceStore.open(
                    world: world, service: name, file: folder.appendingPathComponent("\(name).sqlite"),
                    migrations: service.declaration.migrations, options: StoreOptions(persistence: .volatile))
                let context = ServiceContext(
                    declaration: service.declaration, world: world, store: store,
                    logger: Logger(label: name, factory: { _ in SwiftLogNoOpLogHandler() }), secrets: SecretStore(derivedFrom: 1),
                    directory: ServiceDirectory())
                let host = ServiceHost(
                    try service.init(context: context), context: context, bus: bus, options: HostOptions(authenticates: authenticates))
                try await host.start()
                return CatalogHostRig(world: world, host: host, bus: bus)
            }.value
            try await body(rig)
            await rig.host.stop()
            bus.close()
        }
    }

    private init(world: World, host: ServiceHost, bus: LMDBMessageBus) {
        self.world = world
        self.host = host
        self.bus = bus
    }

    func call(
        _ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil, headers: [String: String] = [:]
    ) async -> RawReply {
        var headers = headers
        if let principal {
            headers["X-User-ID"] = principal.userID
            headers["X-User-Roles"] = principal.roles.sorted().joined(separator: ",")
        }
        return await host.respond(RawRequest(verb, target, headers: Headers(headers), body: Data(body.utf8)))
    }

    func status(_ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil) async -> Int {
        await call(verb, target, body, as: principal).status
    }

    /// The code of the problem that is answered; nil for a success.
    func code(_ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil) async -> String? {
        await call(verb, target, body, as: principal).problem?.code
    }

    func value<T: Decodable>(
        _ type: T.Type, _ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil
    ) async throws -> T {
        let reply = await call(verb, target, body, as: principal)
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(type, from: reply.body)
    }

    /// A coordinator sends a command, and a second of virtual time passes.
    func send<P>(_ type: MessageType<P>, _ payload: P, saga: String) async throws {
        let message = Message(
            id: world.makeID(), source: "orders", type: type.name, subject: saga, time: world.now, topic: type.topic.name,
            partitionKey: saga, payload: try PayloadCoding.encode(payload))
        try await bus.publish([message])
        try await world.sleep(for: .seconds(1))
    }
}
