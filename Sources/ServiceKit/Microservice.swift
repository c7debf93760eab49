import Messaging
import Reliability
import Sagas

/// A service: an actor on its instance's lane, with a database of its own, endpoints, consumers and timers.
///
///     public actor OrdersService: Microservice {
///         public static let declaration = ServiceDeclaration(api: OrdersAPI.self, consumes: [UsersAPI.self], migrations: .bundled(.module))
///         public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }
///
///         public nonisolated func routes(_ routes: inout Routes) {
///             routes.on(OrdersAPI.place) { try await self.place($0) }
///         }
///     }
///
/// The actor must adopt its world's lane as shown: the store may be read there only.
public protocol Microservice: Actor {
    static var declaration: ServiceDeclaration { get }

    /// Sets up the instance. Read all settings here, so that misspelt ones are found before the service starts.
    init(context: ServiceContext) throws

    nonisolated func routes(_ routes: inout Routes)
    nonisolated func consumers(_ consumers: inout Consumers)
    nonisolated func timers(_ timers: inout TimerHandlers)
    /// The sagas that it coordinates, for whoever looks at them from outside.
    nonisolated var sagas: [any SagaInspecting] { get }

    /// Called once before the first request, message or timer.
    func start() async throws
}

extension Microservice {
    public nonisolated func consumers(_ consumers: inout Consumers) {}
    public nonisolated func timers(_ timers: inout TimerHandlers) {}
    public nonisolated var sagas: [any SagaInspecting] { [] }
    public func start() async throws {}
}
