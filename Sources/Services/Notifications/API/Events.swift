/// Task: hand a stored notification to the provider of one channel. The text stays in the service's tables.
public struct DeliverNotification: Codable, Sendable, Hashable {
    public var notification_id: Int64
    public var channel: NotificationChannel

    public init(notification_id: Int64, channel: NotificationChannel) {
        self.notification_id = notification_id
        self.channel = channel
    }
}

/// How the delivery of a notification on one channel ended. Carries neither text nor address.
public struct NotificationOutcome: Codable, Sendable, Hashable {
    public var notification_id: Int64
    public var user_id: String
    public var kind: String
    public var channel: NotificationChannel
    public var provider: String
    public var attempts: Int
    /// Why it failed.
    public var reason: String?

    public init(
        notification_id: Int64, user_id: String, kind: String, channel: NotificationChannel, provider: String, attempts: Int,
        reason: String? = nil
    ) {
        self.notification_id = notification_id
        self.user_id = user_id
        self.kind = kind
        self.channel = channel
        self.provider = provider
        self.attempts = attempts
        self.reason = reason
    }
}
