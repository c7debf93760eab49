import Contracts

extension NotificationsAPI {
    public static let send = Endpoint<SendNotification, NotificationView>(
        .post, "/notifications/send", "sendNotification",
        summary: "Stores a notification and queues it for its channels. Staff may send anything to anyone, others a message to themselves.",
        access: .authenticated, success: 201, idempotencyKey: true)
    public static let internalSend = Endpoint<SendNotification, NotificationView>(
        .post, "/internal/notifications/send", "sendNotificationForService",
        summary: "The same for other services, to anyone.", access: .internal, success: 201, idempotencyKey: true)
    public static let list = Endpoint<NoBody, Page<NotificationView>>(
        .get, "/notifications", "listNotifications", summary: "Notifications, newest first; without `user_id` one's own, for staff all.",
        access: .authenticated,
        parameters: [
            ofUser, .query("unread", .boolean, "Only those in the app that nobody has read, or with `false` only read ones."),
            .query("status", .string, "Only with this status.", allowed: NotificationStatus.allCases.map(\.rawValue)),
            .query("kind", .string, "Only of this kind."),
        ] + Parameter.paging)
    public static let unreadCount = Endpoint<NoBody, UnreadCount>(
        .get, "/notifications/unread-count", "countUnreadNotifications", summary: "How many in-app notifications a user has not read.",
        access: .authenticated, parameters: [ofUser])
    public static let get = Endpoint<NoBody, NotificationView>(
        .get, "/notifications/{id}", "getNotification", summary: "One notification, with its state on every channel.",
        access: .ownerOrStaff, parameters: [notificationID])
    public static let markRead = Endpoint<NoBody, NotificationView>(
        .post, "/notifications/{id}/read", "markNotificationRead", summary: "Marks a notification as read. Marking again changes nothing.",
        access: .ownerOrStaff, parameters: [notificationID])
    public static let markAllRead = Endpoint<NoBody, MarkedRead>(
        .post, "/notifications/read-all", "markAllNotificationsRead", summary: "Marks all of a user's notifications as read.",
        access: .authenticated, parameters: [ofUser])

    static let notificationID = Parameter.path("id", .integer, "The notification's number.")
    static let ofUser = Parameter.query("user_id", .string, "Whose; oneself when absent. Only staff may name another user.")

    static var notifications: [EndpointDeclaration] {
        [
            send.declaration, internalSend.declaration, list.declaration, unreadCount.declaration, get.declaration, markRead.declaration,
            markAllRead.declaration,
        ]
    }
}
