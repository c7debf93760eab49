import CatalogAPI
import Contracts
import Foundation
import LMDBBus
import Logging
import Messaging
import OrdersAPI
import PaymentsAPI
import Runtime
import ServiceKit
import Storage
import UsersAPI

@testable import OrdersService

/// The orders service alone, hosted in a simulated world: catalog and users are stand-ins, replies of participants come from the test.
final class OrdersHostRig: Sendable {
    let world: World
    let host: ServiceHost
    let bus: LMDBMessageBus
    static let buyer = Principal(userID: "7", roles: ["buyer"])
    static let other = Principal(userID: "8", roles: ["buyer"])
    static let seller = Principal(userID: "9", roles: ["seller"])
    static let rival = Principal(userID: "10", roles: ["seller"])
    static let staff = Principal(userID: "1", roles: ["staff"])

    static func run(
        settings: [String: String] = [:], authenticates: Bool = true, _ body: @escaping @Sendable (OrdersHostRig) async throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orders-\(ProcessInfo.processInfo.globallyUniqueString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a folder left behind hurts nobody
        try SimulatedRun(seed: 1).execute { main in
            let bus = try LMDBMessageBus.open(
                world: main.instance("bus"), directory: folder.appendingPathComponent("log"), options: LogOptions(persistence: .volatile))
            try await bus.declare(CatalogAPI.topics + PaymentsAPI.topics)
            let world = main.instance("orders")
            let rig = try await world.spawn("start") {
                let rig = try OrdersHostRig(
                    world: world, folder: folder, bus: bus, settings: Settings(settings), authenticates: authenticates)
                try await rig.host.start()
                return rig
            }.value
            try await body(rig)
            await rig.host.stop()
            bus.close()
        }
    }

    private init(world: World, folder: URL, bus: LMDBMessageBus, settings: Settings, authenticates: Bool) throws {
        let store = try ServiceStore.open(
            world: world, service: "orders", file: folder.appendingPathComponent("orders.sqlite"),
            migrations: OrdersService.declaration.migrations, options: StoreOptions(persistence: .volatile))
        let directory = ServiceDirectory()
        directory.register(CatalogStandIn(), as: CatalogAPI.name)
        directory.register(UsersStandIn(), as: UsersAPI.name)
        let context = ServiceContext(
            declaration: OrdersService.declaration, world: world, store: store, settings: settings, logger: Logger(label: "orders"),
            secrets: SecretStore(derivedFrom: 1), directory: directory)
        self.world = world
        self.bus = bus
        host = ServiceHost(
            try OrdersService(context: context), context: context, bus: bus, options: HostOptions(authenticates: authenticates))
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

    func value<T: Decodable>(
        _ type: T.Type, _ verb: HTTPVerb, _ target: String, _ body: String = "", as principal: Principal? = nil
    ) async throws -> T {
        let reply = await call(verb, target, body, as: principal)
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(type, from: reply.body)
    }

    /// A participant answers.
    func answer<P>(_ type: MessageType<P>, _ payload: P, to id: Int64) async throws {
        let message = Message(
            id: "\(type.name)-\(id)", source: "participant", type: type.name, subject: String(id), time: world.now, topic: type.topic.name,
            partitionKey: String(id), payload: try PayloadCoding.encode(payload))
        try await bus.publish([message])
    }
}

/// Product 3 for 19.99 EUR, sold by user 9, and product 4, sold by user 10.
private final class CatalogStandIn: RequestAnswering {
    let instance = "catalog"
    let isAnswering = true
    func respond(_ request: RawRequest) async -> RawReply {
        let lamp = ProductQuote(id: 3, sku: "L", name: "Lamp", price_minor: 1999, currency: "EUR", is_active: true, seller_id: "9")
        let chair = ProductQuote(id: 4, sku: "C", name: "Chair", price_minor: 1, currency: "EUR", is_active: true, seller_id: "10")
        do {
            let asked = try JSONCoding.decode(QuoteProducts.self, from: request.body).product_ids
            return try .json(ProductQuotes(products: [lamp, chair].filter { asked.contains($0.id) }))
        } catch { return .problem(.unavailable()) }
    }
}

/// Knows user 1, who is active, and user 2, who is not.
private final class UsersStandIn: RequestAnswering {
    let instance = "users"
    let isAnswering = true
    func respond(_ request: RawRequest) async -> RawReply {
        guard let id = Int64(request.path.split(separator: "/").last ?? ""), id == 1 || id == 2 else {
            return .problem(.notFound("user", request.path))
        }
        do {
            return try .json(InternalUser(id: id, email: "a@b.c", full_name: "A", roles: ["buyer"], is_active: id == 1))
        } catch {
            return .problem(.unavailable())
        }
    }
}
