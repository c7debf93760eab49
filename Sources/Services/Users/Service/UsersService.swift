import Contracts
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage
import UsersAPI

/// Accounts, roles, profiles and settings; log-in with access and refresh tokens.
///
/// Publishes: `User.Registered`, `User.Updated`, `User.Deactivated`, `User.LoggedIn`, `Session.Revoked` on `user-events`. Consumes nothing.
///
/// Settings: `staff_email` (see ``StaffAccount``), `password_cost` (see ``PasswordCost``).
public actor UsersService: Microservice {
    public static let declaration = ServiceDeclaration(api: UsersAPI.self, migrations: .bundled(.module))

    let world: World
    let store: ServiceStore
    let passwords: PasswordHasher
    let tokens: AccessTokenIssuer
    let refreshTokens: RefreshTokenMaker
    let staff: StaffAccount
    var throttle = LoginThrottle()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        let bytes = SecureBytes(world: context.world)
        passwords = PasswordHasher(world: context.world, bytes: bytes, cost: try PasswordCost(settings: context.settings))
        tokens = AccessTokenIssuer(key: try SigningKey(secrets: context.secrets))
        refreshTokens = RefreshTokenMaker(bytes: bytes)
        staff = try StaffAccount(settings: context.settings, secrets: context.secrets)
    }

    public nonisolated func routes(_ routes: inout Routes) {
        accountRoutes(&routes)
        sessionRoutes(&routes)
        personalRoutes(&routes)
    }

    public nonisolated func timers(_ timers: inout TimerHandlers) {
        timers.on(TokenPurge.kind) { _, tx in try TokenPurge.run(in: tx) }
    }

    public func start() async throws {
        try await tokens.load()
        try await store.write(cause: Cause(correlationID: "users-start")) { tx in try TokenPurge.schedule(in: tx) }
    }
}
