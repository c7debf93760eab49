import Mustache
import NotificationsAPI
import Runtime

/// The mailbox as a page for people. Everything shown is escaped; an HTML message is shown in a frame without scripts, forms or origin.
enum MailboxPage {
    /// - Parameter hasTrailingSlash: of the path that was asked for: links are relative to it, so that they work behind every prefix
    ///   of a gateway.
    static func list(_ messages: [MailboxMessage], next: String?, hasTrailingSlash: Bool) -> String {
        var object: [String: Any] = [
            "messages": messages.map(row), "is_empty": messages.isEmpty, "base": hasTrailingSlash ? "" : "mailbox/",
        ]
        if let next { object["next"] = next }
        return document(title: "Mailbox", object, listTemplate)
    }

    static func message(_ message: MailboxMessage, hasTrailingSlash: Bool) -> String {
        var object = row(message)
        object["list"] = hasTrailingSlash ? "../../mailbox" : "../mailbox"
        object["body"] = message.body
        object["is_html"] = message.format == .html
        return document(title: message.subject, object, messageTemplate)
    }

    private static func row(_ message: MailboxMessage) -> [String: Any] {
        [
            "id": message.id, "received_at": message.received_at.rfc3339, "channel": message.channel.rawValue,
            "recipient": message.recipient, "user_id": message.user_id, "kind": message.kind, "subject": message.subject,
            "notification_id": message.notification_id,
        ]
    }

    private static func document(title: String, _ object: [String: Any], _ content: MustacheTemplate) -> String {
        pageTemplate.render(["title": title, "content": content.render(object)] as [String: Any])
    }

    private static func template(_ text: String) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: text)
        } catch {
            preconditionFailure("a page template of the mailbox is malformed: \(error)")
        }
    }

    private static let pageTemplate = template(
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}} · ServiceLab</title>
        <style>
        :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
        body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
        table { width: 100%; border-collapse: collapse }
        th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }
        th { font-weight: 600 } .dim { opacity: .65 } pre { white-space: pre-wrap; font: inherit }
        iframe { width: 100%; height: 24rem; border: 1px solid #8884; background: #fff }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dd { margin: 0 }
        </style></head><body>
        <h1>{{title}}</h1>
        {{{content}}}
        </body></html>
        """)
    private static let listTemplate = template(
        """
        {{#is_empty}}<p>No messages.</p>{{/is_empty}}{{^is_empty}}<table>
        <thead><tr><th>Received</th><th>Channel</th><th>To</th><th>Subject</th></tr></thead><tbody>
        {{#messages}}<tr><td class="dim">{{received_at}}</td><td>{{channel}}</td><td>{{recipient}}</td><td><a href="{{base}}{{id}}">{{subject}}</a></td></tr>
        {{/messages}}</tbody></table>{{/is_empty}}
        {{#next}}<p><a href="?cursor={{next}}">Older messages</a></p>{{/next}}
        """)
    private static let messageTemplate = template(
        """
        <dl><dt>To</dt><dd>{{recipient}}</dd><dt>Channel</dt><dd>{{channel}}</dd><dt>Kind</dt><dd>{{kind}}</dd>
        <dt>User</dt><dd>{{user_id}}</dd><dt>Notification</dt><dd>{{notification_id}}</dd><dt>Received</dt><dd>{{received_at}}</dd></dl>
        {{#is_html}}<iframe sandbox title="Message" srcdoc="{{body}}"></iframe>{{/is_html}}{{^is_html}}<pre>{{body}}</pre>{{/is_html}}
        <p><a href="{{list}}">All messages</a></p>
        """)
}
