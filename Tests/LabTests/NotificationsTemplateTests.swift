import NotificationsAPI
@testable import NotificationsService
import Runtime
import Storage
import Testing

@Suite struct NotificationsTemplateTests {
    private func render(_ body: String, _ data: [String: TemplateValue], format: TemplateFormat = .text, subject: String = "s") throws
        -> RenderedTemplate
    {
        try ParsedTemplate(subject: subject, body: body, format: format).render(data)
    }

    @Test func `values are escaped in HTML, and shown as they are in text and subjects`() throws {
        let data: [String: TemplateValue] = ["name": "<script>\"A & B\"</script>"]
        #expect(try render("<p>{{name}}</p>", data, format: .html).body == "<p>&lt;script&gt;&quot;A &amp; B&quot;&lt;/script&gt;</p>")
        #expect(try render("{{name}}", data).body == "<script>\"A & B\"</script>")
        #expect(try render("", data, format: .html, subject: "{{name}}").subject == "<script>\"A & B\"</script>")
    }

    @Test func `a value cannot break a subject into mail headers`() throws {
        #expect(try render("", ["name": "x\r\nBcc: all@example.com"], subject: "Hi {{name}}").subject == "Hi x Bcc: all@example.com")
    }

    @Test func `absent, null and false values skip their section; lists repeat theirs`() throws {
        let template = "{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#rows}}{{name}}:{{count}} {{/rows}}"
        let rows: TemplateValue = .list([
            .object(["name": "pen", "count": 2]), .object(["name": "ink", "count": .number(0.5)]),
        ])
        #expect(try render(template, ["a": .null, "b": false, "rows": rows]).body == "pen:2 ink:0.5 ")
    }

    @Test func `a malformed template is refused, and says where`() {
        #expect(throws: TemplateMalformed.self) { try render("{{#open}}", [:]) }
    }

    @Test func `every built-in kind has a text for every channel`() throws {
        try NotificationsFixture.run { lab in
            let templates = try await lab.read { try TemplateTable.fetchCurrent(in: $0) }
            #expect(templates.count == NotificationKind.builtIn.count * NotificationChannel.allCases.count)
            for template in templates {
                _ = try ParsedTemplate(subject: template.subject, body: template.body, format: template.format)
            }
        }
    }

    @Test func `a new version is used from now on, and does not change what was made before`() throws {
        try NotificationsFixture.run { lab in
            let request = NotificationRequest(userID: "7", kind: "message", data: ["body": "Hello"])
            let before = try await lab.create(request)
            try await lab.write { tx in
                try TemplateTable.insert(
                    TemplateView(
                        kind: "message", channel: .in_app, version: 2, format: .text, subject: "New", body: "» {{body}}", created_at: tx.now
                    ),
                    in: tx.db)
            }
            let after = try await lab.create(request)
            #expect(after.body == "» Hello")
            #expect(try await lab.notification(before.id).body == "Hello")
        }
    }

    @Test func `the mailbox page escapes what it shows`() {
        let message = MailboxMessage(
            id: 3, message_id: "1/email", notification_id: 1, user_id: "7", kind: "message", channel: .email, recipient: "a@b.c",
            subject: "<img src=x>", body: "\"><script>alert(1)</script>", format: .html, received_at: .epoch)
        let page = MailboxPage.message(message, hasTrailingSlash: false)
        let list = MailboxPage.list([message], next: nil, hasTrailingSlash: false)
        #expect(!page.contains("<script>") && !page.contains("<img") && page.contains("<iframe sandbox"))
        #expect(list.contains("href=\"mailbox/3\"") && !list.contains("<img"))
    }
}
