import Foundation
import GRDB
import Mustache
import NotificationsAPI
import Storage
import Synchronization

/// Renders stored templates. Parsed templates are kept by version; which version is current is asked of the database each time,
/// so that every connection to the file sees a new version at once.
final class TemplateRenderer: Sendable {
    private struct Key: Hashable {
        let kind: String
        let channel: NotificationChannel
    }
    private let parsed = Mutex([Key: (version: Int, template: ParsedTemplate)]())

    init() {}

    /// - Returns: nil when there is no template of this kind for this channel.
    func render(kind: String, channel: NotificationChannel, data: [String: TemplateValue], in db: Database) throws -> RenderedTemplate? {
        try current(kind: kind, channel: channel, in: db)?.render(data)
    }

    private func current(kind: String, channel: NotificationChannel, in db: Database) throws -> ParsedTemplate? {
        guard let version = try TemplateTable.currentVersion(kind: kind, channel: channel, in: db) else { return nil }
        let key = Key(kind: kind, channel: channel)
        if let known = parsed.withLock({ $0[key] }), known.version == version { return known.template }
        guard let stored = try TemplateTable.fetch(kind: kind, channel: channel, version: version, in: db) else { return nil }
        let template = try ParsedTemplate(subject: stored.subject, body: stored.body, format: stored.format)
        parsed.withLock { $0[key] = (version, template) }
        return template
    }
}

/// A template that is known to be well-formed.
struct ParsedTemplate: Sendable {
    let subject: MustacheTemplate
    let body: MustacheTemplate
    let format: TemplateFormat

    /// Values in a subject, and in a text, are shown as they are.
    private static let asText = "{{% CONTENT_TYPE: TEXT}}"

    /// - Throws: ``TemplateMalformed``.
    init(subject: String, body: String, format: TemplateFormat) throws(TemplateMalformed) {
        self.subject = try Self.parse(Self.asText + subject, "subject")
        self.body = try Self.parse(format == .html ? body : Self.asText + body, "body")
        self.format = format
    }

    private static func parse(_ text: String, _ field: String) throws(TemplateMalformed) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: text)
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateMalformed(field: field, reason: "line \(error.context.lineNumber): \(error.error)")
        } catch {
            throw TemplateMalformed(field: field, reason: "\(error)")
        }
    }

    func render(_ data: [String: TemplateValue]) -> RenderedTemplate {
        let object = data.compactMapValues(\.mustacheValue)
        // A subject is one line: what comes from data must not add mail headers.
        let line = String(subject.render(object).map { $0.isNewline ? " " : $0 })
        return RenderedTemplate(subject: line, body: body.render(object), format: format)
    }
}

/// A template's text is not Mustache.
struct TemplateMalformed: Error {
    /// `subject` or `body`.
    let field: String
    let reason: String
}

extension TemplateValue {
    /// Nil for null: Mustache then takes the value as absent.
    fileprivate var mustacheValue: Any? {
        switch self {
        case .null: nil
        case .bool(let value): value
        case .integer(let value): value
        case .number(let value): value
        case .text(let value): value
        case .list(let values): values.compactMap(\.mustacheValue)
        case .object(let values): values.compactMapValues(\.mustacheValue)
        }
    }
}
