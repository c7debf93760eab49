import Contracts
import NotificationsAPI
import ServiceKit
import Storage

/// Preferences and templates.
extension NotificationsService {
    func preferences(_ request: Request<NoBody>) async throws -> PreferenceList {
        let userID = try Audience(request).user()
        return try store.read { db in
            Self.everyPreference(
                of: userID, kinds: try TemplateTable.kinds(in: db), chosen: try PreferenceTable.fetch(userID: userID, in: db))
        }
    }

    func setPreferences(_ request: Request<SetPreferences>) async throws -> PreferenceList {
        let userID = try Audience(request).user()
        let chosen = request.body.preferences
        return try await store.write(cause: request.cause) { tx in
            let kinds = try TemplateTable.kinds(in: tx.db)
            for (index, preference) in chosen.enumerated() {
                guard preference.kind == ChannelPreferences.allKinds || kinds.contains(preference.kind) else {
                    throw Problem.unprocessable(
                        field: "preferences[\(index)].kind",
                        "must be \(ChannelPreferences.allKinds) or one of \(kinds.joined(separator: ", "))")
                }
                try PreferenceTable.set(preference, userID: userID, in: tx)
            }
            return Self.everyPreference(of: userID, kinds: kinds, chosen: try PreferenceTable.fetch(userID: userID, in: tx.db))
        }
    }

    /// Every kind on every channel, as it would be decided now.
    private static func everyPreference(of userID: String, kinds: [String], chosen: [Preference]) -> PreferenceList {
        let preferences = ChannelPreferences(chosen)
        return PreferenceList(
            user_id: userID,
            preferences: kinds.flatMap { kind in
                NotificationChannel.allCases.map {
                    Preference(kind: kind, channel: $0, enabled: preferences.isEnabled(kind: kind, channel: $0))
                }
            })
    }

    func templates(_ request: Request<NoBody>) async throws -> TemplateList {
        TemplateList(items: try store.read { try TemplateTable.fetchCurrent(in: $0) })
    }

    func template(_ request: Request<NoBody>) async throws -> TemplateView {
        let (kind, channel) = try Self.templateKey(request)
        var version: Int?
        if request.query("version") != nil { version = try request.queryInt("version", default: 1, in: 1...Int(Int32.max)) }
        let found = try store.read { db -> TemplateView? in
            guard let wanted = try version ?? TemplateTable.currentVersion(kind: kind, channel: channel, in: db) else { return nil }
            return try TemplateTable.fetch(kind: kind, channel: channel, version: wanted, in: db)
        }
        guard let found else { throw Self.noTemplate(kind, channel) }
        return found
    }

    func setTemplate(_ request: Request<SetTemplate>) async throws -> TemplateView {
        let (kind, channel) = try Self.templateKey(request)
        let body = request.body
        let format = body.format ?? .text
        _ = try Self.parse(subject: body.subject, body: body.body, format: format)
        return try await store.write(cause: request.cause) { tx in
            let version = (try TemplateTable.currentVersion(kind: kind, channel: channel, in: tx.db) ?? 0) + 1
            let template = TemplateView(
                kind: kind, channel: channel, version: version, format: format, subject: body.subject, body: body.body, created_at: tx.now)
            try TemplateTable.insert(template, in: tx.db)
            return template
        }
    }

    func previewTemplate(_ request: Request<PreviewTemplate>) async throws -> RenderedTemplate {
        let body = request.body
        var stored: TemplateView?
        if let kind = body.kind, let channel = body.channel {
            stored = try store.read { db -> TemplateView? in
                guard let version = try TemplateTable.currentVersion(kind: kind, channel: channel, in: db) else { return nil }
                return try TemplateTable.fetch(kind: kind, channel: channel, version: version, in: db)
            }
            if stored == nil, body.body == nil { throw Self.noTemplate(kind, channel) }
        }
        let template = try Self.parse(
            subject: body.subject ?? stored?.subject ?? "", body: body.body ?? stored?.body ?? "",
            format: body.format ?? (body.body == nil ? stored?.format : nil) ?? .text)
        return template.render(body.data ?? [:])
    }

    private static func parse(subject: String, body: String, format: TemplateFormat) throws -> ParsedTemplate {
        do {
            return try ParsedTemplate(subject: subject, body: body, format: format)
        } catch {
            throw Problem.unprocessable(field: error.field, "is not a Mustache template: \(error.reason)")
        }
    }

    private static func templateKey(_ request: Request<some Sendable>) throws -> (kind: String, channel: NotificationChannel) {
        let kind = try request.path("kind")
        let name = try request.path("channel")
        guard let channel = NotificationChannel(rawValue: name) else { throw Problem.notFound("channel", name) }
        guard (1...100).contains(kind.count), kind != ChannelPreferences.allKinds else {
            throw Problem.badRequest("A kind has 1 to 100 characters and is not \(ChannelPreferences.allKinds).")
        }
        return (kind, channel)
    }

    private static func noTemplate(_ kind: String, _ channel: NotificationChannel) -> Problem {
        .notFound(code: "template_not_found", detail: "There is no template of \(kind) for \(channel.rawValue).")
    }
}
