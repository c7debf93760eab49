import Contracts
import Foundation
import GatewayService
import Logging
import Messaging
import Runtime
import ServiceKit
import Storage
import Synchronization
import UsersAPI
import UsersService

/// A gateway, the users service and a stand-in for a shop behind it, in one world; requests enter as they would from the network.
struct GatewayFixture: Sendable {
    let world: World
    let bus: RecordingBus
    let secrets: SecretStore
    let gateway: ServiceHost
    let gatewayService: GatewayService
    let users: ServiceHost
    let shop: ShopStandIn
    private let folder: Folder

    static func start(_ world: World, gateway settings: [String: String] = [:]) async throws -> GatewayFixture {
        let folder = try Folder()
        let bus = RecordingBus(world: world)
        let secrets = SecretStore(derivedFrom: 7)
        let directory = ServiceDirectory()
        func context(_ declaration: ServiceDeclaration, _ settings: [String: String]) throws -> ServiceContext {
            let own = world.instance(declaration.name)
            let store = try ServiceStore.open(
                world: own, service: declaration.name, file: folder.url.appendingPathComponent("\(declaration.name).db"),
                migrations: declaration.migrations, options: StoreOptions(persistence: .volatile))
            return ServiceContext(
                declaration: declaration, world: own, store: store, settings: Settings(settings),
                logger: Logger(label: declaration.name, factory: { _ in SwiftLogNoOpLogHandler() }), secrets: secrets, directory: directory)
        }
        let gatewayContext = try context(GatewayService.declaration, settings)
        let gatewayService = try GatewayService(context: gatewayContext)
        let usersContext = try context(UsersService.declaration, ["password_cost": "10"])
        let users = ServiceHost(
            try UsersService(context: usersContext), context: usersContext, bus: bus, options: HostOptions(tokens: gatewayService.tokens))
        let gateway = ServiceHost(
            gatewayService, context: gatewayContext, bus: bus, options: HostOptions(tokens: gatewayService.tokens))
        let shop = ShopStandIn(world: world.instance("shop"))
        directory.register(shop, as: ShopAPI.name)
        gatewayService.open(
            to: GatewayRouteTable([
                GatewayRoute(prefix: "/api/v1/users", service: "users"), GatewayRoute(prefix: "/api/v1/auth", service: "users"),
                GatewayRoute(prefix: "/users", service: "users", strip: true), GatewayRoute(prefix: "/shop", service: "shop", strip: true),
            ]), targets: [GatewayTarget(UsersAPI.self), GatewayTarget(ShopAPI.self)])
        try await users.start()
        try await gateway.start()
        return GatewayFixture(
            world: world, bus: bus, secrets: secrets, gateway: gateway, gatewayService: gatewayService, users: users, shop: shop,
            folder: folder)
    }

    /// A folder of its own for each fixture; simulated runs with one seed make equal identifiers, so the name comes from a count.
    private final class Folder: Sendable {
        private static let count = Atomic<Int>(0)
        let url: URL

        init() throws {
            let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
            url = FileManager.default.temporaryDirectory.appendingPathComponent(
                "gateway-\(ProcessInfo.processInfo.processIdentifier)-\(number)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }  // what is left in the temporary folder harms nobody
    }

    /// A request from outside.
    func send(
        _ verb: HTTPVerb, _ target: String, token: String? = nil, headers: Headers = Headers(), body: (any Encodable & Sendable)? = nil
    ) async throws -> RawReply {
        var request = RawRequest(verb, target, headers: headers, origin: .edge)
        request.remoteAddress = "192.0.2.1"
        if let token { request.headers["Authorization"] = "Bearer \(token)" }
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = try JSONCoding.encode(body)
        }
        return await gateway.respond(request)
    }

    func register(_ email: String, password: String? = "correct horse") async throws -> UserView {
        let reply = try await send(.post, "/api/v1/users/", body: RegisterUser(email: email, full_name: "Ada Lovelace", password: password))
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(UserView.self, from: reply.body)
    }

    func logIn(_ email: String, password: String = "correct horse") async throws -> TokenPair {
        let reply = try await send(.post, "/api/v1/auth/login", body: LogIn(email: email, password: password))
        if let problem = reply.problem { throw problem }
        return try JSONCoding.decode(TokenPair.self, from: reply.body)
    }

    func staff() async throws -> TokenPair { try await logIn("admin@lab.local", password: secrets.text("staff_password")) }
}

extension RawReply {
    var code: String? { problem?.code }
    var json: [String: Any]? { try? JSONSerialization.jsonObject(with: body) as? [String: Any] }  // nil fails the expectation that reads it
}

/// An API with one endpoint of each kind that the gateway tells apart.
enum ShopAPI: ServiceAPI {
    static let name = "shop"
    static let summary = "Things."
    static let thing = Endpoint<NoBody, String>(.get, "/things/{id}", "getThing", summary: "A thing.", access: .public)
    static let mine = Endpoint<NoBody, String>(.get, "/mine", "listMine", summary: "My things.", access: .authenticated)
    static let change = Endpoint<NoBody, String>(.put, "/things/{id}", "putThing", summary: "Change a thing.", access: .authenticated)
    static let endpoints = [thing.declaration, mine.declaration, change.declaration]
}

/// Answers what it is told to and remembers what it was asked.
final class ShopStandIn: RequestAnswering {
    enum Mood: Sendable { case answers, fails, isSilent }

    let instance = "shop"
    let isAnswering = true
    private let world: World
    private let state = Mutex((mood: Mood.answers, requests: [RawRequest]()))

    init(world: World) { self.world = world }

    var mood: Mood {
        get { state.withLock { $0.mood } }
        set { state.withLock { $0.mood = newValue } }
    }
    var requests: [RawRequest] { state.withLock { $0.requests } }

    func respond(_ request: RawRequest) async -> RawReply {
        let (mood, count) = state.withLock { state in
            state.requests.append(request)
            return (state.mood, state.requests.count)
        }
        switch mood {
        case .answers: return .json(Data("{\"answer\":\(count)}".utf8))
        case .fails: return .problem(.unavailable())
        case .isSilent:
            do { try await world.sleep(for: .seconds(3600)) } catch { return .problem(.unavailable()) }
            return .problem(.unavailable())
        }
    }
}

/// Keeps what is published; delivers nothing.
final class RecordingBus: MessageBus {
    private let world: World
    private let log = Mutex([Message]())

    init(world: World) { self.world = world }

    let capabilities = BusCapabilities()
    var published: [Message] { log.withLock { $0 } }

    func declare(_ topics: [Topic]) async throws {}

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        log.withLock { log in
            log += batch
            return batch.indices.map { Position(topic: batch[$0].topic, partition: 0, offset: UInt64(log.count - batch.count + $0)) }
        }
    }

    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription { Silence(world: world) }

    private struct Silence: BusSubscription {
        let world: World
        func next(max: Int) async throws -> [Delivery] {
            while true { try await world.sleep(for: .seconds(3600)) }
        }
        func acknowledge(_ receipts: [Receipt]) async throws {}
        func negativeAcknowledge(_ refusals: [Refusal]) async throws {}
        func close() async {}
    }
}
