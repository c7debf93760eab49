import GRDB
import Messaging
import Runtime

/// Counters that follow from events are what a count over the log gives: nothing counted twice, nothing missed.
///
///     CountsEqualLog("charges", [.init("charges made", in: "till", "SELECT count(*) FROM charge", types: ["Till.Charged.v1"])])
public struct CountsEqualLog: Oracle {
    public struct Count: Sendable {
        let what: String
        let service: String
        let sql: String
        let types: Set<String>

        /// - Parameters:
        ///   - sql: one number.
        ///   - types: of the messages that it counts; a message that stands in the log twice counts once.
        public init(_ what: String, in service: String, _ sql: String, types: Set<String>) {
            self.what = what
            self.service = service
            self.sql = sql
            self.types = types
        }
    }

    public let name: String
    private let counts: [Count]

    public init(_ name: String, _ counts: [Count]) {
        self.name = name
        self.counts = counts
    }

    public func afterSettle(_ view: LabView) throws {
        guard counts.contains(where: { view.has($0.service) }) else { return }
        var inLog = [String: Set<String>]()
        var poison = [String: Int]()
        for logged in try view.loggedMessages() {
            if LabView.isPoison(logged.message) {
                poison[logged.message.type, default: 0] += 1
            } else {
                inLog[logged.message.type, default: []].insert("\(logged.message.source)/\(logged.message.id)")
            }
        }
        for count in counts where view.has(count.service) {
            let counted = try view.number(count.service, count.sql)
            let events = count.types.reduce(0) { $0 + Int64(inLog[$1]?.count ?? 0) }
            // Whoever counts a message by its type alone does not notice that nobody can read it.
            let unreadable = count.types.reduce(0) { $0 + Int64(poison[$1] ?? 0) }
            try view.expect(
                (events...events + unreadable).contains(counted), "\(count.service) counts \(events) \(count.what), as the log has them",
                "it counts \(counted)")
        }
    }
}

extension Oracle where Self == CountsEqualLog {
    /// Analytics: every counter against the log.
    public static var figuresEqualLog: CountsEqualLog {
        func counter(_ column: String, _ type: String) -> CountsEqualLog.Count {
            .init(column, in: "analytics", "SELECT \(column) FROM analytics_activity WHERE bucket = 0", types: [type])
        }
        return CountsEqualLog(
            "figures equal the log",
            [
                counter("orders_placed", "Order.Placed.v1"), counter("orders_confirmed", "Order.Confirmed.v1"),
                counter("orders_rejected", "Order.Rejected.v1"), counter("orders_cancelled", "Order.Cancelled.v1"),
                counter("payments_authorized", "Payment.Authorized.v1"), counter("payments_captured", "Payment.Captured.v1"),
                counter("payments_declined", "Payment.Declined.v1"), counter("users_registered", "User.Registered.v1"),
                counter("notifications_sent", "Notification.Sent.v1"),
            ])
    }

    /// What payments tells has happened to as many payments.
    public static var paymentsEqualLog: CountsEqualLog {
        CountsEqualLog(
            "payments equal the log",
            [
                .init(
                    "payments authorised", in: "payments", "SELECT count(*) FROM payments_payment WHERE status <> 'declined'",
                    types: ["Payment.Authorized.v1"]),
                .init(
                    "payments declined", in: "payments", "SELECT count(*) FROM payments_payment WHERE status = 'declined'",
                    types: ["Payment.Declined.v1"]),
                .init(
                    "payments captured", in: "payments",
                    "SELECT count(*) FROM payments_payment WHERE status IN ('captured', 'partially_refunded', 'refunded')",
                    types: ["Payment.Captured.v1"]),
                .init("refunds", in: "payments", "SELECT count(*) FROM payments_refund", types: ["Payment.Refunded.v1"]),
            ])
    }

    /// One notification for each event that somebody is told of.
    public static var notificationsEqualLog: CountsEqualLog {
        func told(_ kind: String, _ type: String) -> CountsEqualLog.Count {
            .init(
                "notifications of \(kind)", in: "notifications",
                "SELECT count(*) FROM notifications_notification WHERE kind = '\(kind)'", types: [type])
        }
        return CountsEqualLog(
            "everybody is told once",
            [
                told("order.confirmed", "Order.Confirmed.v1"), told("order.rejected", "Order.Rejected.v1"),
                told("order.cancelled", "Order.Cancelled.v1"), told("welcome", "User.Registered.v1"),
            ])
    }
}
