import Contracts
import GRDB
import NotificationsAPI
import Runtime
import Storage

/// Makes notifications: preferences decide the channels, templates the texts; rows and delivery tasks are added to the caller's transaction.
struct NotificationComposer: Sendable {
    let renderer: TemplateRenderer

    /// - Returns: the notification's id.
    /// - Throws: ``Problem`` `template_missing` when a channel that was asked for, or every usual one, has no template of this kind.
    @discardableResult
    func create(_ request: NotificationRequest, in tx: StoreTransaction) throws -> Int64 {
        let db = tx.db
        let contact = try ContactTable.fetch(userID: request.userID, in: db)
        let preferences = ChannelPreferences(try PreferenceTable.fetch(userID: request.userID, in: db))
        let available = try TemplateTable.channels(kind: request.kind, in: db)
        let plan = ChannelPlan(kind: request.kind, requested: request.channels, available: available, preferences: preferences)
        guard !(plan.wanted.isEmpty && plan.suppressed.isEmpty) else { throw Self.templateMissing(request.kind, nil) }

        var data = request.data
        data["user_id"] = .text(request.userID)
        if let contact {
            data["full_name"] = .text(contact.fullName)
            data["email"] = .text(contact.email)
        }
        func render(_ channel: NotificationChannel) throws -> RenderedTemplate {
            guard let text = try renderer.render(kind: request.kind, channel: channel, data: data, in: db) else {
                throw Self.templateMissing(request.kind, channel)
            }
            return text
        }

        let sending = plan.wanted.filter { $0 != .in_app }
        let texts = try sending.map { ($0, try render($0)) }
        let shown = try shownText(plan: plan, available: available, texts: texts.map(\.1), render: render)
        let isInApp = plan.wanted.contains(.in_app)
        let status: NotificationStatus = !sending.isEmpty ? .queued : isInApp ? .delivered : .suppressed
        let id = try NotificationTable.insert(
            userID: request.userID, kind: request.kind, subject: shown.subject, body: shown.body, status: status, isInApp: isInApp, in: tx)
        for (channel, text) in texts {
            let recipient = request.recipient ?? (channel == .email ? contact?.email : nil) ?? request.userID
            try DeliveryTable.insertQueued(id, channel, recipient: recipient, text: text, in: tx)
            try tx.publish(
                NotificationsAPI.deliver, DeliverNotification(notification_id: id, channel: channel), subject: "\(id)/\(channel.rawValue)",
                key: String(id))
        }
        if isInApp { try DeliveryTable.insertFinished(id, .in_app, .delivered, recipient: request.userID, reason: nil, in: tx) }
        for channel in plan.suppressed {
            try DeliveryTable.insertFinished(
                id, channel, .suppressed, recipient: request.recipient ?? request.userID,
                reason: "the user does not want \(request.kind) on this channel", in: tx)
        }
        return id
    }

    /// What the user's list shows: the text for the app; without such a template, the first that is plain text, or only a subject.
    private func shownText(
        plan: ChannelPlan, available: Set<NotificationChannel>, texts: [RenderedTemplate],
        render: (NotificationChannel) throws -> RenderedTemplate
    ) throws -> (subject: String, body: String) {
        if available.contains(.in_app) || plan.wanted.contains(.in_app) {
            let text = try render(.in_app)
            return (text.subject, text.body)
        }
        if let text = texts.first(where: { $0.format == .text }) { return (text.subject, text.body) }
        return (texts.first?.subject ?? "", "")
    }

    private static func templateMissing(_ kind: String, _ channel: NotificationChannel?) -> Problem {
        let place = channel.map { " on \($0.rawValue)" } ?? ""
        let path = channel?.rawValue ?? "{channel}"
        return .unprocessable(
            code: "template_missing",
            detail: "There is no template of \(kind)\(place); store one with PUT /notifications/templates/\(kind)/\(path).")
    }
}
