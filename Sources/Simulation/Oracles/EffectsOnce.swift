import GRDB

/// Whatever was delivered twice, retried or asked for again has taken effect once.
///
/// Looked for where effects show: in the rows that each delivery would write again.
///
///     EffectsOnce([.init("a booking is charged once", in: "till", "SELECT booking, count(*) FROM charge GROUP BY booking HAVING count(*) > 1")])
public struct EffectsOnce: Oracle {
    /// One kind of effect.
    public struct Effect: Sendable {
        let fact: String
        let service: String
        let sql: String

        /// - Parameter sql: two columns, whose effect it is and how often it took place; a row for each that took place twice.
        public init(_ fact: String, in service: String, _ sql: String) {
            self.fact = fact
            self.service = service
            self.sql = sql
        }
    }

    public let name = "each effect once"
    private let effects: [Effect]

    public init(_ effects: [Effect]) { self.effects = effects }

    public func afterSettle(_ view: LabView) throws {
        for effect in effects where view.has(effect.service) {
            guard let row = try view.rows(effect.service, effect.sql).first else { continue }
            let (whose, times) = (LabImage.text(row.databaseValues.first!), LabImage.text(row.databaseValues.last!))
            try view.expect(false, effect.fact, "\(times) times for \(whose)")
        }
        try oneAnswerForAKey(view)
    }

    /// A client that repeats a request under the same key has been answered the same.
    private func oneAnswerForAKey(_ view: LabView) throws {
        var answers = [String: (id: String, kind: String)]()
        var keys = [String: String]()
        for promise in view.journal.all {
            guard let key = promise.facts["key"] else { continue }
            let (scoped, made) = ("\(promise.kind)/\(key)", "\(promise.kind)/\(promise.id)")
            if let before = answers[scoped] {
                try view.expect(
                    before.id == promise.id, "one \(promise.kind) for the key \(key)", "\(before.id) first, then \(promise.id)")
            }
            if let other = keys[made] {
                try view.expect(
                    other == key, "\(promise.kind) \(promise.id) answers one request", "it answers the keys \(other) and \(key)")
            }
            answers[scoped] = (promise.id, promise.kind)
            keys[made] = key
        }
    }
}

extension Oracle where Self == EffectsOnce {
    /// The marketplace's effects: payments, captures, shipments, invoices, messages sent.
    public static var effectsOnce: EffectsOnce {
        EffectsOnce([
            .init(
                "an order has one payment", in: "payments",
                "SELECT order_id, count(*) FROM payments_payment GROUP BY order_id HAVING count(*) > 1"),
            .init(
                "a payment is captured once", in: "payments",
                """
                SELECT payment_id, count(DISTINCT posting) FROM payments_entry WHERE kind = 'capture'
                GROUP BY payment_id HAVING count(DISTINCT posting) > 1
                """),
            .init(
                "an order has one shipment", in: "orders",
                "SELECT order_id, count(*) FROM orders_shipment GROUP BY order_id HAVING count(*) > 1"),
            .init(
                "an event of an order happens once", in: "orders",
                """
                SELECT stream || ' ' || type, count(*) FROM order_events WHERE type NOT LIKE 'Shipment%'
                GROUP BY stream, type HAVING count(*) > 1
                """),
            .init(
                "a notification is sent once on each channel", in: "notifications",
                """
                SELECT notification_id || ' by ' || channel, count(*) FROM notifications_mailbox
                GROUP BY notification_id, channel HAVING count(*) > 1
                """),
            .init(
                "a user is welcomed once", in: "notifications",
                "SELECT user_id, count(*) FROM notifications_notification WHERE kind = 'welcome' GROUP BY user_id HAVING count(*) > 1"),
        ])
    }
}
