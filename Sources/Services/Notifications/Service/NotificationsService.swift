import CatalogAPI
import Contracts
import Foundation
import Messaging
import NotificationsAPI
import OrdersAPI
import Reliability
import Runtime
import ServiceKit
import Storage
import UsersAPI

/// Tells users what happened, on the channels they want.
///
/// - An event or a request makes a notification: its texts are rendered and stored, and a task for each channel goes to the outbox,
///   in one transaction (``NotificationComposer``).
/// - The worker hands each task's text to a provider, with retries, and stores how it ended (``DeliveryWorker``).
/// - Users read their list and set preferences; staff edit templates and look into the mailbox.
///
/// Settings: `provider` (`mailbox`), `delivery_attempts` (6) and `delivery_backoff` (500 ms, doubled each time, at most a minute).
public actor NotificationsService: Microservice {
    public static let declaration = ServiceDeclaration(
        api: NotificationsAPI.self, consumes: [CatalogAPI.self, OrdersAPI.self, UsersAPI.self], migrations: .bundled(.module))

    let world: World
    let store: ServiceStore
    let renderer = TemplateRenderer()
    let composer: NotificationComposer
    let worker: DeliveryWorker
    let retry: RetryPolicy

    public nonisolated var unownedExecutor: UnownedSerialExecutor { world.lane.asUnownedSerialExecutor() }

    public init(context: ServiceContext) throws {
        world = context.world
        store = context.store
        composer = NotificationComposer(renderer: renderer)
        retry = RetryPolicy(
            attemptsMax: max(1, context.settings.int("delivery_attempts", default: 6)),
            initialDelay: context.settings.duration("delivery_backoff", default: .milliseconds(500)))
        let provider = context.settings.string("provider", default: MailboxProvider.name)
        guard provider == MailboxProvider.name else {
            throw Problem.badRequest(
                "There is no notification provider \"\(provider)\"; use \"\(MailboxProvider.name)\".", code: "provider_unknown")
        }
        worker = DeliveryWorker(mailbox: MailboxProvider())
    }

    public nonisolated func routes(_ routes: inout Routes) {
        routes.on(NotificationsAPI.send) { try await self.send($0) }
        routes.on(NotificationsAPI.internalSend) { try await self.internalSend($0) }
        routes.on(NotificationsAPI.list) { try await self.list($0) }
        routes.on(NotificationsAPI.unreadCount) { try await self.unreadCount($0) }
        routes.on(NotificationsAPI.markAllRead) { try await self.markAllRead($0) }
        routes.on(NotificationsAPI.preferences) { try await self.preferences($0) }
        routes.on(NotificationsAPI.setPreferences) { try await self.setPreferences($0) }
        routes.on(NotificationsAPI.templates) { try await self.templates($0) }
        routes.on(NotificationsAPI.previewTemplate) { try await self.previewTemplate($0) }
        routes.on(NotificationsAPI.template) { try await self.template($0) }
        routes.on(NotificationsAPI.setTemplate) { try await self.setTemplate($0) }
        routes.on(NotificationsAPI.get) { try await self.notification($0) }
        routes.on(NotificationsAPI.markRead) { try await self.markRead($0) }
        routes.raw(NotificationsAPI.mailbox.declaration) { try await self.mailbox($0) }
        routes.raw(NotificationsAPI.mailboxMessage.declaration) { try await self.mailboxMessage($0) }
    }

    public nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("notifications", topics: [OrdersAPI.events, UsersAPI.events, CatalogAPI.events], pace: .milliseconds(10)) {
            handlers in
            EventNotifications(composer: composer).install(on: &handlers)
        }
        consumers.group(DeliveryWorker.group, topics: [NotificationsAPI.tasks], retry: retry, pace: .milliseconds(10)) { handlers in
            worker.install(on: &handlers)
        }
    }
}
