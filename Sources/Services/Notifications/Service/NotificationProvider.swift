import NotificationsAPI

/// The port through which messages leave the lab: a mail server, an SMS gateway. (The mailbox needs no port: see ``MailboxProvider``.)
public protocol NotificationProvider: Sendable {
    /// Shown with each delivery.
    var name: String { get }

    /// Hands a message over, outside any transaction. May be called again for a message that was handed over before (the process
    /// died before it could note it): a provider drops what has a ``OutgoingMessage/id`` that it knows.
    /// - Throws: ``MessageRefused`` when trying again is useless; anything else is tried again.
    func send(_ message: OutgoingMessage) async throws -> HandOver
}

/// How far a hand-over brought the message.
public enum HandOver: Sendable, Hashable {
    /// The provider will bring it to its recipient, and does not say when.
    case accepted
    /// It lies before the recipient.
    case delivered
}

/// The provider will never take this message: the address does not exist, for instance.
public struct MessageRefused: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}

/// A rendered message on its way to one recipient on one channel.
public struct OutgoingMessage: Sendable, Hashable {
    public let notificationID: Int64
    public let userID: String
    public let kind: String
    public let channel: NotificationChannel
    public let recipient: String
    public let subject: String
    public let body: String
    public let format: TemplateFormat

    /// The same for every attempt: `42/email`.
    public var id: String { "\(notificationID)/\(channel.rawValue)" }
}
