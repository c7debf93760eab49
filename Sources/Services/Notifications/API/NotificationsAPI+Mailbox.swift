import Contracts

/// The mailbox: where messages end that a real installation would hand to a mail server or an SMS gateway.
extension NotificationsAPI {
    public static let mailbox = Endpoint<NoBody, Page<MailboxMessage>>(
        .get, "/mailbox", "listMailbox", summary: "Messages that left the lab, newest first. With `Accept: text/html` a page to look at.",
        access: .staff,
        parameters: [
            .query("recipient", .string, "Only to this address."), .query("user_id", .string, "Only to this user."),
            .query("channel", .string, "Only of this channel.", allowed: NotificationChannel.allCases.map(\.rawValue)),
            .query("kind", .string, "Only of this kind."), .query("notification_id", .integer, "Only of this notification."),
        ] + Parameter.paging)
    public static let mailboxMessage = Endpoint<NoBody, MailboxMessage>(
        .get, "/mailbox/{id}", "getMailboxMessage", summary: "One message of the mailbox. With `Accept: text/html` a page to look at.",
        access: .staff, parameters: [.path("id", .integer, "The message's number in the mailbox.")])

    static var mailboxes: [EndpointDeclaration] { [mailbox.declaration, mailboxMessage.declaration] }
}
