import CatalogAPI
import Commerce
import NotificationsAPI
import OrdersAPI
import Reliability
import Runtime
import Storage
import UsersAPI

/// Which events are told to whom.
struct EventNotifications: Sendable {
    let composer: NotificationComposer

    func install(on handlers: inout MessageHandlers) {
        let composer = composer
        handlers.on(UsersAPI.registered) { user, _, tx in
            try ContactTable.keep(user, in: tx)
            try composer.create(NotificationRequest(userID: String(user.user_id), kind: NotificationKind.welcome), in: tx)
        }
        handlers.on(UsersAPI.updated) { user, _, tx in try ContactTable.keep(user, in: tx) }
        handlers.on(UsersAPI.deactivated) { user, _, tx in try ContactTable.keep(user, in: tx) }
        handlers.on(OrdersAPI.confirmed) { order, _, tx in try composer.create(Self.about(order, NotificationKind.orderConfirmed), in: tx) }
        handlers.on(OrdersAPI.rejected) { order, _, tx in try composer.create(Self.about(order, NotificationKind.orderRejected), in: tx) }
        handlers.on(OrdersAPI.cancelled) { order, _, tx in
            if seeded("notification.cancellation-not-told") { return }
            try composer.create(Self.about(order, NotificationKind.orderCancelled), in: tx)
        }
        handlers.on(OrdersAPI.shipped) { order, _, tx in try composer.create(Self.about(order, NotificationKind.orderShipped), in: tx) }
        handlers.on(CatalogAPI.reviewAdded) { review, _, tx in
            // A seller's own words need no notice.
            guard review.seller_id != review.user_id else { return }
            let data: [String: TemplateValue] = ["product_name": .text(review.product_name), "rating": .integer(Int64(review.rating))]
            try composer.create(NotificationRequest(userID: review.seller_id, kind: NotificationKind.reviewReceived, data: data), in: tx)
        }
    }

    /// `total` is left out where the order has no price.
    static func about(_ order: OrderOutcome, _ kind: String) -> NotificationRequest {
        var data: [String: TemplateValue] = ["order_id": .integer(order.order_id)]
        if order.total_minor != 0, let currency = Currency(order.currency) {
            data["total"] = .text(Money(minorUnits: order.total_minor, currency: currency).description)
        }
        if let reason = order.reason, !reason.isEmpty { data["reason"] = .text(Self.withoutFullStop(reason)) }
        return NotificationRequest(userID: order.user_id, kind: kind, data: data)
    }

    /// The templates end the sentence.
    private static func withoutFullStop(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }
}
