import AnalyticsAPI
import Contracts
import NotificationsAPI
import OrdersAPI
import Runtime
import ServiceKit
import Testing

@Suite struct NotificationsHTTPTests {
    @Test func `without users and payments, a confirmed order is in the mailbox and in the figures`() throws {
        try NotificationsHostRig.run(authenticates: false) { lab in
            let line = OrderedLine(item: "book", quantity: 2, unit_minor: 0)
            try await lab.publish(
                OrdersAPI.placed,
                OrderPlaced(order_id: 1, user_id: "u1", lines: [line], total_minor: 0, currency: "USD", placed_at: lab.world.now), id: "o-1"
            )
            try await lab.publish(
                OrdersAPI.confirmed, OrderConfirmed(order_id: 1, user_id: "u1", total_minor: 0, currency: "USD"), id: "o-2")
            try await lab.settle()

            let mailbox = try await lab.value(Page<MailboxMessage>.self, lab.notifications, .get, "/mailbox?user_id=u1")
            #expect(mailbox.items.map(\.subject) == ["Order 1 is confirmed"])
            let summary = try await lab.value(AnalyticsSummary.self, lab.analytics, .get, "/analytics/summary")
            #expect(summary.orders_total == 1 && summary.orders_by_status["confirmed"] == 1)
            #expect(summary.units_by_item == ["book": 2])
            #expect(summary.revenue_from == .orders && summary.notifications == 1)
            #expect(summary.events_consumed == 3, "placed, confirmed, and the notification that was sent")
            let series = try await lab.value(Timeseries.self, lab.analytics, .get, "/analytics/timeseries?metric=units&bucket=minute")
            #expect(series.points.reduce(0) { $0 + $1.value } == 2 && series.points.count == 60)
        }
    }

    @Test func `users see and read their own notifications, staff all of them`() throws {
        try NotificationsHostRig.run { lab in
            let text = "{\"user_id\": 7, \"subject\": \"Hi\", \"body\": \"Hello\"}"
            let refused = await lab.call(lab.notifications, .post, "/notifications/send", text, as: NotificationsHostRig.other)
            #expect(refused.status == 403)
            for (body, code) in [
                (#"{"user_id":7,"body":"Hello","recipient":"victim@example.com"}"#, "not_your_recipient"),
                (#"{"user_id":7,"kind":"order_confirmed","data":{"order_id":1}}"#, "not_your_kind"),
            ] {
                let reply = await lab.call(lab.notifications, .post, "/notifications/send", body, as: NotificationsHostRig.user)
                #expect(reply.status == 403 && reply.problem?.code == code)
            }
            let made = try await lab.value(
                NotificationView.self, lab.notifications, .post, "/notifications/send", text, as: NotificationsHostRig.staff)
            #expect(made.user_id == "7" && made.status == .queued)

            let hidden = await lab.call(lab.notifications, .get, "/notifications/\(made.id)", as: NotificationsHostRig.other)
            #expect(hidden.status == 404)
            let foreign = await lab.call(lab.notifications, .get, "/notifications?user_id=7", as: NotificationsHostRig.other)
            #expect(foreign.status == 403)
            let own = try await lab.value(
                Page<NotificationView>.self, lab.notifications, .get, "/notifications", as: NotificationsHostRig.user)
            #expect(own.items.map(\.id) == [made.id])
            func unread() async throws -> Int {
                try await lab.value(UnreadCount.self, lab.notifications, .get, "/notifications/unread-count", as: NotificationsHostRig.user)
                    .unread
            }
            #expect(try await unread() == 1)
            let read = await lab.call(lab.notifications, .post, "/notifications/\(made.id)/read", as: NotificationsHostRig.user)
            #expect(read.status == 200)
            #expect(try await unread() == 0)
            for target in ["/mailbox", "/notifications/templates"] {
                let reply = await lab.call(lab.notifications, .get, target, as: NotificationsHostRig.user)
                #expect(reply.status == 403, "\(target)")
            }
            let figures = await lab.call(lab.analytics, .get, "/analytics/summary", as: NotificationsHostRig.user)
            #expect(figures.status == 403)
        }
    }

    @Test func `a repeated request with the same key is one notification`() throws {
        try NotificationsHostRig.run { lab in
            let text = "{\"user_id\": \"7\", \"body\": \"Hello\"}"
            let key = ["Idempotency-Key": "k1"]
            let first = await lab.call(lab.notifications, .post, "/notifications/send", text, as: NotificationsHostRig.staff, headers: key)
            let second = await lab.call(lab.notifications, .post, "/notifications/send", text, as: NotificationsHostRig.staff, headers: key)
            #expect(first.status == 201 && first.body == second.body)
            try await lab.settle()
            let page = try await lab.value(Page<MailboxMessage>.self, lab.notifications, .get, "/mailbox", as: NotificationsHostRig.staff)
            #expect(page.items.count == 1)
        }
    }

    @Test func `the mailbox is a page for browsers`() throws {
        try NotificationsHostRig.run(authenticates: false) { lab in
            _ = await lab.call(
                lab.notifications, .post, "/notifications/send", "{\"user_id\": \"7\", \"subject\": \"<i>\", \"body\": \"Hello\"}")
            try await lab.settle()
            let page = await lab.call(lab.notifications, .get, "/mailbox", headers: ["Accept": "text/html,*/*"])
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            let html = String(decoding: page.body, as: UTF8.self)
            #expect(html.contains("href=\"mailbox/1\"") && html.contains("&lt;i&gt;"))
        }
    }

    @Test func `a template is versioned, previewed and refused when malformed`() throws {
        try NotificationsHostRig.run { lab in
            let staff = NotificationsHostRig.staff
            let stored = try await lab.value(
                TemplateView.self, lab.notifications, .put, "/notifications/templates/gig.ordered/in_app",
                "{\"subject\": \"Gig\", \"body\": \"{{name}} was ordered\"}", as: staff)
            #expect(stored.version == 1)
            let preview = try await lab.value(
                RenderedTemplate.self, lab.notifications, .post, "/notifications/templates/preview",
                "{\"kind\": \"gig.ordered\", \"channel\": \"in_app\", \"data\": {\"name\": \"Logo\"}}", as: staff)
            #expect(preview.body == "Logo was ordered")
            let malformed = await lab.call(
                lab.notifications, .put, "/notifications/templates/gig.ordered/in_app", "{\"subject\": \"s\", \"body\": \"{{#open}}\"}",
                as: staff)
            #expect(malformed.status == 422 && malformed.problem?.errors?.first?.field == "body")
            let made = try await lab.value(
                NotificationView.self, lab.notifications, .post, "/notifications/send",
                "{\"user_id\": \"7\", \"kind\": \"gig.ordered\", \"data\": {\"name\": \"Logo\"}}", as: staff)
            #expect(made.body == "Logo was ordered" && made.status == .delivered, "a kind with a text for the app only")
            let unknown = await lab.call(
                lab.notifications, .post, "/notifications/send", "{\"user_id\": \"7\", \"kind\": \"nothing\"}", as: staff)
            #expect(unknown.problem?.code == "template_missing")
        }
    }
}
