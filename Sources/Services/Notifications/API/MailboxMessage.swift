import Runtime

/// A message that a provider would have sent out.
public struct MailboxMessage: Codable, Sendable, Hashable {
    public var id: Int64
    /// The same for every attempt: a second one adds nothing.
    public var message_id: String
    public var notification_id: Int64
    public var user_id: String
    public var kind: String
    public var channel: NotificationChannel
    public var recipient: String
    public var subject: String
    public var body: String
    public var format: TemplateFormat
    public var received_at: Timestamp

    public init(
        id: Int64, message_id: String, notification_id: Int64, user_id: String, kind: String, channel: NotificationChannel,
        recipient: String, subject: String, body: String, format: TemplateFormat, received_at: Timestamp
    ) {
        self.id = id
        self.message_id = message_id
        self.notification_id = notification_id
        self.user_id = user_id
        self.kind = kind
        self.channel = channel
        self.recipient = recipient
        self.subject = subject
        self.body = body
        self.format = format
        self.received_at = received_at
    }
}
