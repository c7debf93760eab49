/// A way to reach a user.
public enum NotificationChannel: String, Codable, Sendable, Hashable, CaseIterable {
    case email, sms, push
    /// The user's own list of notifications: delivered as soon as it is stored.
    case in_app
}

/// How far a notification, or its delivery on one channel, has come.
///
///     queued ─► sent ─► delivered
///        └────► failed            suppressed: the user does not want it
public enum NotificationStatus: String, Codable, Sendable, Hashable, CaseIterable {
    /// Stored; a worker will hand it over.
    case queued
    /// A provider took it over and has not confirmed its arrival.
    case sent
    case delivered
    /// Given up after the last attempt, or refused for good.
    case failed
    /// Not sent because of the user's preferences.
    case suppressed
}

/// What is told. Kinds are open: whoever stores templates for another name may send it.
public enum NotificationKind {
    public static let welcome = "welcome"
    public static let orderConfirmed = "order.confirmed"
    public static let orderRejected = "order.rejected"
    public static let orderCancelled = "order.cancelled"
    public static let orderShipped = "order.shipped"
    public static let reviewReceived = "review.received"
    /// Free text: its templates show `subject` and `body` of the request.
    public static let message = "message"

    /// The kinds that have templates from the start.
    public static let builtIn = [welcome, orderConfirmed, orderRejected, orderCancelled, orderShipped, reviewReceived, message]
}
