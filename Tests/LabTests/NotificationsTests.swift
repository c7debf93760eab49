import Messaging
import NotificationsAPI
@testable import NotificationsService
import OrdersAPI
import Runtime
import Storage
import Testing
import UsersAPI

@Suite struct NotificationsTests {
    static let confirmed = OrderConfirmed(order_id: 42, user_id: "7", total_minor: 9_990, currency: "USD")
    static let registered = UserState(
        user_id: 7, email: "ann@example.com", full_name: "Ann <b>", roles: [], is_active: true, revision: 1, at: .epoch)

    // MARK: Events

    @Test func `a confirmed order is told by e-mail and in the app, each once, though its event comes twice`() throws {
        try NotificationsFixture.run { lab in
            let message = try await lab.publish(OrdersAPI.confirmed, Self.confirmed, id: "orders-1")
            try await lab.settle()
            lab.bus.redeliver(message)
            for task in lab.bus.log where NotificationsAPI.deliver.matches(task) { lab.bus.redeliver(task) }
            try await lab.settle()

            let notifications = try await lab.notifications(of: "7")
            #expect(notifications.map(\.kind) == [NotificationKind.orderConfirmed])
            #expect(notifications.first?.status == .delivered)
            #expect(notifications.first?.body == "Your order 42 (99.90 USD) is confirmed.")
            let mailbox = try await lab.mailbox()
            #expect(mailbox.map(\.subject) == ["Order 42 is confirmed"])
            #expect(mailbox.map(\.recipient) == ["7"], "no contact is known, so the user id stands in")
            #expect(try lab.events(NotificationsAPI.sent).count == 1)
            #expect(lab.bus.deadLetters.isEmpty)
        }
    }

    @Test func `a new user is welcomed at the registered address, with the name escaped in HTML only`() throws {
        try NotificationsFixture.run { lab in
            _ = try await lab.publish(UsersAPI.registered, Self.registered, id: "users-1", key: "7")
            try await lab.settle()
            let message = try #require(try await lab.mailbox().first)
            #expect(message.recipient == "ann@example.com")
            #expect(message.format == .html)
            #expect(message.body.contains("Ann &lt;b&gt;") && !message.body.contains("Ann <b>"))
            #expect(try await lab.notifications(of: "7").first?.body == "Welcome, Ann <b>! Your account is open.")
        }
    }

    @Test func `an older revision of a user does not bring back the old address`() throws {
        try NotificationsFixture.run { lab in
            var newer = Self.registered
            newer.revision = 2
            newer.email = "new@example.com"
            _ = try await lab.publish(UsersAPI.updated, newer, id: "users-2", key: "7")
            _ = try await lab.publish(UsersAPI.registered, Self.registered, id: "users-1", key: "7")
            try await lab.settle()
            #expect(try await lab.mailbox().map(\.recipient) == ["new@example.com"])
        }
    }

    @Test func `an order without a price is told without a total`() throws {
        let order = OrderConfirmed(order_id: 1, user_id: "u1", total_minor: 0, currency: "USD")
        #expect(EventNotifications.about(order, NotificationKind.orderConfirmed).data == ["order_id": 1])
    }

    // MARK: Preferences

    @Test func `a preference suppresses a channel and leaves the others`() throws {
        try NotificationsFixture.run { lab in
            try await lab.write {
                try PreferenceTable.set(
                    Preference(kind: NotificationKind.orderConfirmed, channel: .email, enabled: false), userID: "7", in: $0)
            }
            _ = try await lab.publish(OrdersAPI.confirmed, Self.confirmed, id: "orders-1")
            try await lab.settle()
            let notification = try #require(try await lab.notifications(of: "7").first)
            #expect(notification.status == .delivered)
            #expect(notification.deliveries.map(\.status) == [.suppressed, .delivered])
            #expect(try await lab.mailbox().isEmpty)
        }
    }

    @Test func `who wants nothing at all gets nothing, and the notification says so`() throws {
        try NotificationsFixture.run { lab in
            try await lab.write { tx in
                for channel in NotificationChannel.allCases {
                    try PreferenceTable.set(Preference(kind: "*", channel: channel, enabled: false), userID: "7", in: tx)
                }
            }
            let notification = try await lab.create(NotificationRequest(userID: "7", kind: "message", data: ["body": "Hello"]))
            try await lab.settle()
            #expect(notification.status == .suppressed)
            #expect(try await lab.mailbox().isEmpty)
            #expect(try await lab.read { try NotificationTable.countUnread(userID: "7", in: $0) } == 0)
        }
    }

    @Test func `SMS is opt-in, and a choice for one kind goes before the choice for all`() {
        let all = Set(NotificationChannel.allCases)
        func wanted(_ preferences: [Preference], _ requested: [NotificationChannel]? = nil) -> [NotificationChannel] {
            ChannelPlan(kind: "welcome", requested: requested, available: all, preferences: ChannelPreferences(preferences)).wanted
        }
        #expect(wanted([]) == [.email, .in_app])
        #expect(wanted([Preference(kind: "*", channel: .sms, enabled: true)]) == [.email, .sms, .in_app])
        #expect(
            wanted([
                Preference(kind: "*", channel: .email, enabled: false), Preference(kind: "welcome", channel: .email, enabled: true),
            ]) == [.email, .in_app])
        #expect(wanted([], [.push]) == [.push], "a channel that is asked for needs no opt-in")
        #expect(wanted([Preference(kind: "*", channel: .push, enabled: false)], [.push]).isEmpty)
    }

    // MARK: Delivery

    @Test func `the worker tries again until the provider takes the message`() throws {
        let provider = ScriptedProvider([.broken, .broken, .accepted])
        try NotificationsFixture.run(provider: provider) { lab in
            let made = try await lab.create(NotificationRequest(userID: "7", kind: "message", channels: [.email], data: ["body": "Hello"]))
            #expect(made.status == .queued)
            try await lab.settle()
            let notification = try await lab.notification(made.id)
            #expect(notification.status == .sent)
            #expect(notification.deliveries.first?.attempts == 3)
            #expect(Set(provider.seen) == ["\(made.id)/email"], "each attempt carries the same message id")
            #expect(try lab.events(NotificationsAPI.failed).isEmpty)
        }
    }

    @Test func `after the last attempt the delivery has failed, with the reason, and is published so`() throws {
        let provider = ScriptedProvider([.broken])
        try NotificationsFixture.run(provider: provider) { lab in
            let made = try await lab.create(NotificationRequest(userID: "7", kind: "message", data: ["body": "Hello"]))
            try await lab.settle()
            let notification = try await lab.notification(made.id)
            #expect(notification.status == .failed, "one channel failed, though the app shows it")
            let email = try #require(notification.deliveries.first { $0.channel == .email })
            #expect(email.attempts == NotificationsFixture.retry.attemptsMax)
            #expect(email.reason == "given up after 4 attempts: connection refused")
            #expect(provider.seen.count == 4)
            #expect(try lab.events(NotificationsAPI.failed).map(\.reason) == [email.reason])
            #expect(try lab.events(NotificationsAPI.sent).isEmpty)
            #expect(lab.bus.deadLetters.isEmpty)
        }
    }

    @Test func `a refusal for good is not tried again`() throws {
        let provider = ScriptedProvider([.refused("no such mailbox")])
        try NotificationsFixture.run(provider: provider) { lab in
            let made = try await lab.create(NotificationRequest(userID: "7", kind: "message", channels: [.email], data: ["body": "Hello"]))
            try await lab.settle()
            #expect(try await lab.notification(made.id).deliveries.map(\.reason) == ["no such mailbox"])
            #expect(provider.seen.count == 1)
        }
    }

    @Test func `a second task for a delivery that has ended sends nothing`() throws {
        let provider = ScriptedProvider([.accepted])
        try NotificationsFixture.run(provider: provider) { lab in
            let made = try await lab.create(NotificationRequest(userID: "7", kind: "message", channels: [.email], data: ["body": "Hello"]))
            try await lab.settle()
            _ = try await lab.publish(NotificationsAPI.deliver, DeliverNotification(notification_id: made.id, channel: .email), id: "again")
            try await lab.settle()
            #expect(provider.seen.count == 1)
            #expect(try lab.events(NotificationsAPI.sent).count == 1)
        }
    }

    @Test func `reading lowers the unread count once`() throws {
        try NotificationsFixture.run { lab in
            let first = try await lab.create(NotificationRequest(userID: "7", kind: "message", data: ["body": "one"]))
            _ = try await lab.create(NotificationRequest(userID: "7", kind: "message", data: ["body": "two"]))
            try await lab.write { tx in
                for _ in 1...2 { try NotificationTable.markRead(first.id, at: tx.now, in: tx.db) }
            }
            #expect(try await lab.read { try NotificationTable.countUnread(userID: "7", in: $0) } == 1)
        }
    }
}
