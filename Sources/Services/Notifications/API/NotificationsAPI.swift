import Contracts
import Messaging

/// What others may know about the notifications service: its endpoints, its task and its events, each declared once.
///
///     let notice = SendNotification(user_id: "7", subject: "Your gig was ordered", body: "Alex ordered “Logo”.")
///     let stored = try await notifications.call(NotificationsAPI.internalSend, body: notice, cause: cause)
public enum NotificationsAPI: ServiceAPI {
    public static let name = "notifications"
    public static let summary = "Tells users what happened: e-mail, SMS, push and in-app, with templates and preferences."

    public static var endpoints: [EndpointDeclaration] { notifications + settings + mailboxes }

    /// Keyed by notification id.
    public static let events = Topic("notification-events")
    /// Work for the delivery worker, keyed by notification id.
    public static let tasks = Topic("notification-tasks")

    public static let topics = [events, tasks]

    public static var messages: [MessageDeclaration] {
        [MessageDeclaration(deliver), MessageDeclaration(sent), MessageDeclaration(failed)]
    }
}

// MARK: - Messages

extension NotificationsAPI {
    public static let deliver = MessageType<DeliverNotification>(
        "Notification.Deliver.v1", on: tasks, "A stored notification is to be handed to the provider of one channel.")
    public static let sent = MessageType<NotificationOutcome>(
        "Notification.Sent.v1", on: events, "A provider took a notification over. In-app notifications need none and do not appear here.")
    public static let failed = MessageType<NotificationOutcome>(
        "Notification.Failed.v1", on: events, "A notification could not be handed over on a channel, and will not be tried again.")
}
