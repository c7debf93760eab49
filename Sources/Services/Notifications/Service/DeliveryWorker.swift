import Messaging
import NotificationsAPI
import Reliability
import Runtime
import Storage

/// Takes delivery tasks, hands their messages over, and stores how it ended.
///
/// A hand-over that fails is tried again by the group's retry policy; the last failure is stored as the delivery's reason and
/// published as Notification.Failed. The task itself never becomes a dead letter by it.
public struct DeliveryWorker: Sendable {
    public static let group = "notification-worker"

    private enum Route: Sendable {
        case mailbox(MailboxProvider)
        case outside(any NotificationProvider, store: ServiceStore, retry: RetryPolicy)
    }
    private let route: Route

    public init(mailbox: MailboxProvider) { route = .mailbox(mailbox) }

    /// - Parameter retry: the policy of the group that runs this; decides which attempt is the last.
    public init(store: ServiceStore, provider: any NotificationProvider, retry: RetryPolicy) {
        route = .outside(provider, store: store, retry: retry)
    }

    /// The handlers run on the instance's lane.
    public func install(on handlers: inout MessageHandlers) {
        switch route {
        case .mailbox(let mailbox):
            handlers.on(NotificationsAPI.deliver) { task, _, tx in
                guard let message = try DeliveryTable.fetchQueued(task, in: tx.db) else { return }
                try mailbox.deliver(message, in: tx)
                try Self.note(.handedOver(message, .delivered, attempts: 1), of: task, provider: MailboxProvider.name, in: tx)
            }
        case .outside(let provider, let store, let retry):
            handlers.onEffect(NotificationsAPI.deliver) { task, delivery in
                try await Self.attempt(task, number: delivery.attempt, provider, store, retry)
            } commit: { outcome, task, _, tx in
                try Self.note(outcome, of: task, provider: provider.name, in: tx)
            }
        }
    }

    private enum Outcome: Sendable {
        case handedOver(OutgoingMessage, HandOver, attempts: Int)
        case failed(OutgoingMessage, reason: String, attempts: Int)
        /// Another task ended it.
        case nothingToDo
    }

    private static func attempt(
        _ task: DeliverNotification, number: Int, _ provider: any NotificationProvider, _ store: ServiceStore, _ retry: RetryPolicy
    ) async throws -> Outcome {
        guard let message = try store.read({ try DeliveryTable.fetchQueued(task, in: $0) }) else { return .nothingToDo }
        do {
            return .handedOver(message, try await provider.send(message), attempts: number)
        } catch let refusal as MessageRefused {
            return .failed(message, reason: refusal.reason, attempts: number)
        } catch let crash as InstanceCrash {
            throw crash
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            guard number >= retry.attemptsMax else { throw RetryLater("\(provider.name): \(error)") }
            return .failed(message, reason: "given up after \(number) attempts: \(error)", attempts: number)
        }
    }

    private static func note(_ outcome: Outcome, of task: DeliverNotification, provider: String, in tx: StoreTransaction) throws {
        let type: MessageType<NotificationOutcome>
        let event: NotificationOutcome
        switch outcome {
        case .nothingToDo: return
        case .handedOver(let message, let handOver, let attempts):
            type = NotificationsAPI.sent
            event = Self.event(message, provider, attempts, reason: nil)
            let status: NotificationStatus = handOver == .delivered ? .delivered : .sent
            try DeliveryTable.finish(task, status, attempts: attempts, provider: provider, reason: nil, in: tx)
        case .failed(let message, let reason, let attempts):
            type = NotificationsAPI.failed
            event = Self.event(message, provider, attempts, reason: reason)
            try DeliveryTable.finish(task, .failed, attempts: attempts, provider: provider, reason: reason, in: tx)
        }
        try NotificationTable.rollUpStatus(task.notification_id, in: tx.db)
        try tx.publish(type, event, subject: String(task.notification_id))
    }

    private static func event(_ message: OutgoingMessage, _ provider: String, _ attempts: Int, reason: String?) -> NotificationOutcome {
        NotificationOutcome(
            notification_id: message.notificationID, user_id: message.userID, kind: message.kind, channel: message.channel,
            provider: provider, attempts: attempts, reason: reason)
    }
}
