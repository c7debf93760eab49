import Messaging
import NotificationsAPI
import OrdersAPI
import PaymentsAPI
import Runtime
import UsersAPI

/// What one event adds to the figures. Pure: it says what to count, ``AnalyticsProjection`` counts.
struct EventFigures: Sendable, Hashable {
    /// A counter of `analytics_activity` that goes up by one.
    enum Activity: String, Sendable, CaseIterable {
        case orders_placed, orders_confirmed, orders_rejected, orders_cancelled, orders_shipped, orders_delivered
        case payments_authorized, payments_captured, payments_declined, payments_refunded
        case users_registered, notifications_sent, notifications_failed
    }
    /// An amount of `analytics_money`.
    enum Amount: String, Sendable, CaseIterable {
        case placed_minor, confirmed_minor, captured_minor, refunded_minor
    }
    struct Money: Sendable, Hashable {
        var amount: Amount
        var minorUnits: Int64
        var currency: String
    }
    /// Units of one thing in a placed order.
    struct Line: Sendable, Hashable {
        /// `product/7` or `item/book`.
        var item: String
        var productID: Int64?
        var name: String?
        var units: Int
        var valueMinor: Int64
    }

    var activity: Activity?
    var money: Money?
    var lines = [Line]()
    /// The placed order that has the lines.
    var orderID: Int64 = 0

    var units: Int { lines.reduce(0) { $0 + $1.units } }

    /// - Throws: ``BusError`` `payloadMalformed`. Payloads are decoded only where a figure needs them.
    init(_ message: Message) throws {
        switch message.type {
        case OrdersAPI.placed.name: self.init(try OrdersAPI.placed.payload(of: message))
        case OrdersAPI.confirmed.name:
            let order = try OrdersAPI.confirmed.payload(of: message)
            self.init(.orders_confirmed, Money(amount: .confirmed_minor, minorUnits: order.total_minor, currency: order.currency))
        case OrdersAPI.rejected.name: self.init(.orders_rejected)
        case OrdersAPI.cancelled.name: self.init(seeded("analytics.cancelled-counts-as-rejected") ? .orders_rejected : .orders_cancelled)
        case OrdersAPI.shipped.name: self.init(.orders_shipped)
        case OrdersAPI.delivered.name: self.init(.orders_delivered)
        case PaymentsAPI.authorized.name where seeded("analytics.revenue-before-capture"):
            let payment = try PaymentsAPI.authorized.payload(of: message)
            self.init(.payments_authorized, Money(amount: .captured_minor, minorUnits: payment.amount_minor, currency: payment.currency))
        case PaymentsAPI.authorized.name: self.init(.payments_authorized)
        case PaymentsAPI.declined.name: self.init(.payments_declined)
        case PaymentsAPI.captured.name:
            let payment = try PaymentsAPI.captured.payload(of: message)
            self.init(.payments_captured, Money(amount: .captured_minor, minorUnits: payment.amount_minor, currency: payment.currency))
        case PaymentsAPI.refunded.name:
            let refund = try PaymentsAPI.refunded.payload(of: message)
            self.init(.payments_refunded, Money(amount: .refunded_minor, minorUnits: refund.amount_minor, currency: refund.currency))
        case UsersAPI.registered.name: self.init(.users_registered)
        case NotificationsAPI.sent.name: self.init(.notifications_sent)
        case NotificationsAPI.failed.name: self.init(.notifications_failed)
        default: self.init(nil)
        }
    }

    private init(_ activity: Activity?, _ money: Money? = nil) {
        self.activity = activity
        // What has no price adds nothing, and must not make a currency appear.
        if let money, money.minorUnits != 0 { self.money = money }
    }

    private init(_ order: OrderPlaced) {
        self.init(.orders_placed, Money(amount: .placed_minor, minorUnits: order.total_minor, currency: order.currency))
        orderID = order.order_id
        for line in order.lines {
            // A line without product and item is a plain total: money, but nothing that could be counted.
            guard let item = line.product_id.map({ "product/\($0)" }) ?? line.item.map({ "item/\($0)" }) else { continue }
            // Two lines of one thing are one row's business: a statement less.
            let value = line.unit_minor * Int64(line.quantity)
            if let index = lines.firstIndex(where: { $0.item == item }) {
                lines[index].units += line.quantity
                lines[index].valueMinor += value
            } else {
                lines.append(Line(item: item, productID: line.product_id, name: line.item, units: line.quantity, valueMinor: value))
            }
        }
        lineCurrency = order.currency
    }

    /// The currency of the lines' values.
    var lineCurrency = ""
}
