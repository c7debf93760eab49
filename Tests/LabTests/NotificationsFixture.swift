import Foundation
import GRDB
import Messaging
import NotificationsAPI
@testable import NotificationsService
import OrdersAPI
import Reliability
import Runtime
import ServiceKit
import Storage
import UsersAPI

/// The notifications service without HTTP in a simulated world: its store, relay, consumers and worker on one lane, and a bus in memory.
final class NotificationsFixture: Sendable {
    let world: World
    let store: ServiceStore
    let bus: QueueBus
    let composer = NotificationComposer(renderer: TemplateRenderer())
    static let retry = RetryPolicy(attemptsMax: 4, initialDelay: .milliseconds(500))

    /// Runs `body` with a fixture in a run of its own.
    static func run<T: Sendable>(
        seed: UInt64 = 1, provider: (any NotificationProvider)? = nil, _ body: @escaping @Sendable (NotificationsFixture) async throws -> T
    ) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("notifications-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover in the temporary folder harms nobody
        return try SimulatedRun(seed: seed).execute { main in
            let world = main.instance("notifications")
            let fixture = try await world.spawn("open") { try NotificationsFixture(world: world, folder: folder) }.value
            let loops = fixture.start(provider)
            defer { for loop in loops { loop.cancel() } }
            return try await body(fixture)
        }
    }

    private init(world: World, folder: URL) throws {
        self.world = world
        bus = QueueBus(world: world)
        store = try ServiceStore.open(
            world: world, service: "notifications", file: folder.appendingPathComponent("notifications.sqlite"),
            migrations: NotificationsService.declaration.migrations, options: StoreOptions(persistence: .volatile))
    }

    private func start(_ provider: (any NotificationProvider)?) -> [Task<Void, any Error>] {
        var events = MessageHandlers()
        EventNotifications(composer: composer).install(on: &events)
        var tasks = MessageHandlers()
        let worker =
            provider.map { DeliveryWorker(store: store, provider: $0, retry: Self.retry) } ?? DeliveryWorker(mailbox: MailboxProvider())
        worker.install(on: &tasks)
        let relay = OutboxRelay(world: world, store: store, bus: bus)
        let loops = [
            loop("notifications", [OrdersAPI.events, UsersAPI.events], events),
            loop(DeliveryWorker.group, [NotificationsAPI.tasks], tasks),
        ]
        return [world.spawn("relay") { try await relay.run() }] + loops.map { loop in world.spawn("consumer") { try await loop.run() } }
    }

    private func loop(_ group: String, _ topics: [Topic], _ handlers: MessageHandlers) -> ConsumerLoop {
        ConsumerLoop(
            world: world, bus: bus, store: store,
            subscription: Subscription(group: group, topics: topics, member: "notifications", retry: Self.retry), handlers: handlers)
    }

    // MARK: What tests do

    /// Lets virtual time pass, far longer than all retries take.
    func settle() async throws { try await world.sleep(for: .seconds(300)) }

    func publish<P>(_ type: MessageType<P>, _ payload: P, id: String, key: String = "1") async throws -> Message {
        let message = Message(
            id: id, source: "test", type: type.name, subject: key, time: world.now, topic: type.topic.name, partitionKey: key,
            payload: try PayloadCoding.encode(payload))
        _ = try await bus.publish([message], .none)
        return message
    }

    func create(_ request: NotificationRequest) async throws -> NotificationView {
        try await store.write(cause: Cause(correlationID: "test")) { [composer] tx in
            let id = try composer.create(request, in: tx)
            return try NotificationTable.fetch(id, in: tx.db)!
        }
    }

    func notification(_ id: Int64) async throws -> NotificationView { try await read { try NotificationTable.fetch(id, in: $0)! } }
    func notifications(of userID: String) async throws -> [NotificationView] {
        try await read { try NotificationTable.fetch(.init(userID: userID), before: nil, limit: 100, in: $0) }
    }
    func mailbox() async throws -> [MailboxMessage] { try await read { try MailboxTable.fetch(.init(), before: nil, limit: 100, in: $0) } }
    func events<P>(_ type: MessageType<P>) throws -> [P] { try bus.log.filter(type.matches).map(type.payload(of:)) }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        let store = store
        return try await world.spawn("read") { try store.read(body) }.value
    }

    func write(_ body: @escaping @Sendable (StoreTransaction) throws -> Void) async throws {
        try await store.write(cause: Cause(correlationID: "test"), body)
    }
}

/// A provider that does what the test says, attempt by attempt; the last answer is repeated.
final class ScriptedProvider: NotificationProvider, @unchecked Sendable {
    // Unchecked: confined to the thread of the simulated run.
    enum Answer { case accepted, refused(String), broken }
    struct Broken: Error, CustomStringConvertible { var description: String { "connection refused" } }

    let name = "scripted"
    private let answers: [Answer]
    private(set) var seen = [String]()

    init(_ answers: [Answer]) { self.answers = answers }

    func send(_ message: OutgoingMessage) async throws -> HandOver {
        seen.append(message.id)
        switch answers[min(seen.count, answers.count) - 1] {
        case .accepted: return .accepted
        case .refused(let reason): throw MessageRefused(reason)
        case .broken: throw Broken()
        }
    }
}
