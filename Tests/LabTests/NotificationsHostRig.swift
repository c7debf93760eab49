import AnalyticsAPI
import AnalyticsService
import Contracts
import Foundation
import Logging
import Messaging
import NotificationsService
import Runtime
import ServiceKit
import Storage

/// Notifications and analytics, hosted side by side in a simulated world on a bus in memory, as in topology `order-events`.
final class NotificationsHostRig: Sendable {
    let world: World
    let bus: QueueBus
    let notifications: ServiceHost
    let analytics: ServiceHost
    static let user = Principal(userID: "7", roles: ["buyer"])
    static let other = Principal(userID: "8", roles: ["buyer"])
    static let staff = Principal(userID: "1", roles: ["staff"])

    static func run(authenticates: Bool = true, _ body: @escaping @Sendable (NotificationsHostRig) async throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "notified-\(ProcessInfo.processInfo.globallyUniqueString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover in the temporary folder harms nobody
        try SimulatedRun(seed: 1).execute { main in
            let rig = try NotificationsHostRig(world: main, folder: folder, authenticates: authenticates)
            for host in [rig.notifications, rig.analytics] { try await host.context.world.spawn("start") { try await host.start() }.value }
            try await body(rig)
        }
    }

    private init(world: World, folder: URL, authenticates: Bool) throws {
        self.world = world
        let bus = QueueBus(world: world.instance("bus"))
        self.bus = bus
        func host<S: Microservice>(_ type: S.Type) throws -> ServiceHost {
            let name = type.declaration.name
            let own = world.instance(name)
            let store = try ServiceStore.open(
                world: own, service: name, file: folder.appendingPathComponent("\(name).sqlite"), migrations: type.declaration.migrations,
                options: StoreOptions(persistence: .volatile))
            let context = ServiceContext(
                declaration: type.declaration, world: own, store: store,
                logger: Logger(label: name, factory: { _ in SwiftLogNoOpLogHandler() }), secrets: SecretStore(derivedFrom: 1),
                directory: ServiceDirectory())
            return ServiceHost(
                try type.init(context: context), context: context, bus: bus, options: HostOptions(authenticates: authenticates))
        }
        notifications = try host(NotificationsService.self)
        analytics = try host(AnalyticsService.self)
    }

    func settle() async throws { try await world.sleep(for: .seconds(60)) }

    func publish<P>(_ type: MessageType<P>, _ payload: P, id: String) async throws {
        _ = try await bus.publish(
            [
                Message(
                    id: id, source: "test", type: type.name, subject: "1", time: world.now, topic: type.topic.name, partitionKey: "1",
                    payload: try PayloadCoding.encode(payload))
            ], .none)
    }

    func call(
        _ host: ServiceHost, _ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil,
        headers: [String: String] = [:]
    ) async -> RawReply {
        var headers = headers
        if let principal {
            headers["X-User-ID"] = principal.userID
            headers["X-User-Roles"] = principal.roles.sorted().joined(separator: ",")
        }
        return await host.respond(RawRequest(verb, target, headers: Headers(headers), body: Data(body.utf8)))
    }

    func value<T: Decodable>(
        _ type: T.Type, _ host: ServiceHost, _ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil
    ) async throws -> T {
        let reply = await call(host, verb, target, body, as: principal)
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(type, from: reply.body)
    }
}
