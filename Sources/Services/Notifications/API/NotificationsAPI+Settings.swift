import Contracts

/// What users and staff set: on which channels, and in which words.
extension NotificationsAPI {
    public static let preferences = Endpoint<NoBody, PreferenceList>(
        .get, "/notifications/preferences", "listNotificationPreferences",
        summary: "Which kinds reach a user on which channels: every combination, with defaults filled in.", access: .authenticated,
        parameters: [ofUser])
    public static let setPreferences = Endpoint<SetPreferences, PreferenceList>(
        .put, "/notifications/preferences", "setNotificationPreferences",
        summary: "Switches channels on or off, for a kind or for all (`*`). What is not named stays as it is.", access: .authenticated,
        parameters: [ofUser])
    public static let templates = Endpoint<NoBody, TemplateList>(
        .get, "/notifications/templates", "listNotificationTemplates", summary: "The current version of every template.", access: .staff)
    public static let template = Endpoint<NoBody, TemplateView>(
        .get, "/notifications/templates/{kind}/{channel}", "getNotificationTemplate", summary: "One template.", access: .staff,
        parameters: templateKey + [.query("version", .integer, "An earlier version; the current one when absent.")])
    public static let setTemplate = Endpoint<SetTemplate, TemplateView>(
        .put, "/notifications/templates/{kind}/{channel}", "setNotificationTemplate",
        summary: "Stores a new version of a template, used from now on. Earlier versions are kept.", access: .staff, parameters: templateKey
    )
    public static let previewTemplate = Endpoint<PreviewTemplate, RenderedTemplate>(
        .post, "/notifications/templates/preview", "previewNotificationTemplate",
        summary: "Renders a stored template, or the text sent along, with the data sent along. Nothing is stored.", access: .staff)

    static let templateKey: [Parameter] = [
        .path("kind", .string, "What is told, such as `order.confirmed`."),
        .path("channel", .string, "`email`, `sms`, `push` or `in_app`."),
    ]

    static var settings: [EndpointDeclaration] {
        [
            preferences.declaration, setPreferences.declaration, templates.declaration, template.declaration, setTemplate.declaration,
            previewTemplate.declaration,
        ]
    }
}
