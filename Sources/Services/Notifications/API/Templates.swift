import Contracts
import Runtime

/// How a template's values are escaped.
public enum TemplateFormat: String, Codable, Sendable, Hashable, CaseIterable {
    case text
    /// Values are escaped for HTML; only `{{{three braces}}}` are not.
    case html
}

/// One version of a template: Mustache, for one kind on one channel.
public struct TemplateView: Codable, Sendable, Hashable {
    public var kind: String
    public var channel: NotificationChannel
    public var version: Int
    public var format: TemplateFormat
    public var subject: String
    public var body: String
    public var created_at: Timestamp

    public init(
        kind: String, channel: NotificationChannel, version: Int, format: TemplateFormat, subject: String, body: String,
        created_at: Timestamp
    ) {
        self.kind = kind
        self.channel = channel
        self.version = version
        self.format = format
        self.subject = subject
        self.body = body
        self.created_at = created_at
    }
}

public struct TemplateList: Codable, Sendable, Hashable {
    public var items: [TemplateView]

    public init(items: [TemplateView]) { self.items = items }
}

public struct SetTemplate: Codable, Sendable, Hashable, Validatable {
    /// `text` when absent.
    public var format: TemplateFormat?
    /// Always rendered as text.
    public var subject: String
    public var body: String

    public init(format: TemplateFormat? = nil, subject: String, body: String) {
        self.format = format
        self.subject = subject
        self.body = body
    }

    public func validate(_ check: inout Validation) {
        check.length(subject, in: 1...500, field: "subject")
        check.length(body, in: 1...50_000, field: "body", form: .lines)
    }
}

/// What to render: the stored template of `kind` and `channel`, with `subject`, `body` and `format` in their place when given.
public struct PreviewTemplate: Codable, Sendable, Hashable, Validatable {
    public var kind: String?
    public var channel: NotificationChannel?
    public var format: TemplateFormat?
    public var subject: String?
    public var body: String?
    public var data: [String: TemplateValue]?

    public init(
        kind: String? = nil, channel: NotificationChannel? = nil, format: TemplateFormat? = nil, subject: String? = nil,
        body: String? = nil, data: [String: TemplateValue]? = nil
    ) {
        self.kind = kind
        self.channel = channel
        self.format = format
        self.subject = subject
        self.body = body
        self.data = data
    }

    public func validate(_ check: inout Validation) {
        check.length(subject, in: 1...500, field: "subject")
        check.length(body, in: 1...50_000, field: "body", form: .lines)
        if body == nil {
            check.require(kind != nil, field: "kind", "is required unless the text itself is sent in body")
            check.require(channel != nil, field: "channel", "is required unless the text itself is sent in body")
        }
    }
}

public struct RenderedTemplate: Codable, Sendable, Hashable {
    public var subject: String
    public var body: String
    public var format: TemplateFormat

    public init(subject: String, body: String, format: TemplateFormat) {
        self.subject = subject
        self.body = body
        self.format = format
    }
}
