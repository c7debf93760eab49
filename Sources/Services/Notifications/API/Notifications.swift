import Contracts
import Runtime

/// A request to tell a user something: free text in `subject` and `body`, or a `kind` with a template and its `data`.
public struct SendNotification: Codable, Sendable, Hashable, Validatable {
    /// A number is taken as text.
    public var user_id: String
    /// `message` when absent. Others are for staff.
    public var kind: String?
    /// The kind's own channels when absent. Preferences still apply.
    public var channels: [NotificationChannel]?
    /// Address or number to use on the channels that need one; the user's own when absent. For staff.
    public var recipient: String?
    public var subject: String?
    public var body: String?
    /// What the templates may show.
    public var data: [String: TemplateValue]?

    public init(
        user_id: String, kind: String? = nil, channels: [NotificationChannel]? = nil, recipient: String? = nil, subject: String? = nil,
        body: String? = nil, data: [String: TemplateValue]? = nil
    ) {
        self.user_id = user_id
        self.kind = kind
        self.channels = channels
        self.recipient = recipient
        self.subject = subject
        self.body = body
        self.data = data
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        do {
            user_id = try container.decode(String.self, forKey: .user_id)
        } catch DecodingError.typeMismatch {
            user_id = String(try container.decode(Int64.self, forKey: .user_id))
        }
        kind = try container.decodeIfPresent(String.self, forKey: .kind)
        channels = try container.decodeIfPresent([NotificationChannel].self, forKey: .channels)
        recipient = try container.decodeIfPresent(String.self, forKey: .recipient)
        subject = try container.decodeIfPresent(String.self, forKey: .subject)
        body = try container.decodeIfPresent(String.self, forKey: .body)
        data = try container.decodeIfPresent([String: TemplateValue].self, forKey: .data)
    }

    public func validate(_ check: inout Validation) {
        check.length(user_id, in: 1...200, field: "user_id")
        check.length(kind, in: 1...100, field: "kind")
        check.length(recipient, in: 1...320, field: "recipient")
        check.length(subject, in: 1...200, field: "subject")
        check.length(body, in: 1...10_000, field: "body", form: .lines)
        check.require(channels.map { !$0.isEmpty } ?? true, field: "channels", "must name at least one channel, or be left out")
        check.require((data?.count ?? 0) <= 100, field: "data", "must have at most 100 values")
        if kind ?? NotificationKind.message == NotificationKind.message {
            check.require(body != nil, field: "body", "is required for a message; or name a kind that has a template")
        }
    }
}

/// A notification as its user sees it, and its state on every channel.
public struct NotificationView: Codable, Sendable, Hashable {
    public var id: Int64
    public var user_id: String
    public var kind: String
    public var subject: String
    public var body: String
    public var status: NotificationStatus
    public var is_read: Bool
    public var created_at: Timestamp
    public var read_at: Timestamp?
    public var deliveries: [DeliveryView]

    public init(
        id: Int64, user_id: String, kind: String, subject: String, body: String, status: NotificationStatus, is_read: Bool,
        created_at: Timestamp, read_at: Timestamp?, deliveries: [DeliveryView]
    ) {
        self.id = id
        self.user_id = user_id
        self.kind = kind
        self.subject = subject
        self.body = body
        self.status = status
        self.is_read = is_read
        self.created_at = created_at
        self.read_at = read_at
        self.deliveries = deliveries
    }
}

/// One channel of a notification.
public struct DeliveryView: Codable, Sendable, Hashable {
    public var channel: NotificationChannel
    public var status: NotificationStatus
    public var recipient: String
    /// How often a provider was asked; 0 while queued.
    public var attempts: Int
    public var provider: String?
    /// Why it failed or was suppressed.
    public var reason: String?
    public var finished_at: Timestamp?

    public init(
        channel: NotificationChannel, status: NotificationStatus, recipient: String, attempts: Int, provider: String?, reason: String?,
        finished_at: Timestamp?
    ) {
        self.channel = channel
        self.status = status
        self.recipient = recipient
        self.attempts = attempts
        self.provider = provider
        self.reason = reason
        self.finished_at = finished_at
    }
}

public struct UnreadCount: Codable, Sendable, Hashable {
    public var user_id: String
    public var unread: Int

    public init(user_id: String, unread: Int) {
        self.user_id = user_id
        self.unread = unread
    }
}

public struct MarkedRead: Codable, Sendable, Hashable {
    /// How many were unread before.
    public var marked: Int

    public init(marked: Int) { self.marked = marked }
}
