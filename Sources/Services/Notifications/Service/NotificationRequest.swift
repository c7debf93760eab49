import NotificationsAPI

/// A notification to be made: who is told what, before preferences and templates are looked up.
struct NotificationRequest: Sendable, Hashable {
    var userID: String
    var kind: String
    /// The kind's own channels when nil.
    var channels: [NotificationChannel]?
    /// Address to use; the user's own when nil.
    var recipient: String?
    var data: [String: TemplateValue]

    init(
        userID: String, kind: String, channels: [NotificationChannel]? = nil, recipient: String? = nil, data: [String: TemplateValue] = [:]
    ) {
        self.userID = userID
        self.kind = kind
        self.channels = channels
        self.recipient = recipient
        self.data = data
    }

    /// As it was asked for over HTTP. `subject` and `body` are data like any other: the templates of the kind decide what shows them.
    init(_ request: SendNotification) {
        userID = request.user_id
        kind = request.kind ?? NotificationKind.message
        channels = request.channels
        recipient = request.recipient
        data = request.data ?? [:]
        if let subject = request.subject { data["subject"] = .text(subject) }
        if let body = request.body { data["body"] = .text(body) }
    }
}
