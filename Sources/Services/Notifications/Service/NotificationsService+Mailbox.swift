import Contracts
import NotificationsAPI
import ServiceKit
import Storage

/// Looking into the mailbox: JSON for programs, a page for people.
extension NotificationsService {
    func mailbox(_ request: RawRequest) async throws -> RawReply {
        var filter = MailboxTable.Filter()
        filter.recipient = request.query("recipient")
        filter.userID = request.query("user_id")
        filter.kind = request.query("kind")
        if let channel = request.query("channel") {
            guard NotificationChannel(rawValue: channel) != nil else {
                let channels = NotificationChannel.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.badRequest("There is no channel \"\(channel)\"; use one of \(channels).", code: "invalid_parameter")
            }
            filter.channel = channel
        }
        if request.query("notification_id") != nil {
            filter.notificationID = Int64(try request.queryInt("notification_id", default: 0, in: 1...Int.max))
        }
        let cursor = try idCursor(request.cursor)
        let limit = try request.limit()
        let found = try store.read { try MailboxTable.fetch(filter, before: cursor, limit: limit + 1, in: $0) }
        let page = Page(newestFirst: found, limit: limit, id: \.id)
        guard Self.wantsPage(request) else { return try .json(page) }
        return .html(MailboxPage.list(page.items, next: page.next_cursor, hasTrailingSlash: request.path.hasSuffix("/")))
    }

    func mailboxMessage(_ request: RawRequest) async throws -> RawReply {
        let id = try request.pathID("id")
        guard let message = try store.read({ try MailboxTable.fetch(id, in: $0) }) else { throw Problem.notFound("message", id) }
        guard Self.wantsPage(request) else { return try .json(message) }
        return .html(MailboxPage.message(message, hasTrailingSlash: request.path.hasSuffix("/")))
    }

    /// Browsers name HTML; programs that take anything get JSON.
    private static func wantsPage(_ request: RawRequest) -> Bool { request.headers["Accept"]?.contains("text/html") ?? false }
}
