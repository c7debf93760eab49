import Contracts
import NotificationsAPI
import ServiceKit
import Storage

/// Sending, and a user's own list.
extension NotificationsService {
    func send(_ request: Request<SendNotification>) async throws -> NotificationView {
        if let principal = request.principal, !principal.isStaff {
            guard principal.userID == request.body.user_id else {
                throw Problem.forbidden("Only staff may notify other users.", code: "not_your_notification")
            }
            // A kind's templates speak in the platform's name: nobody else may have them filled in, or sent to an address of their choice.
            guard request.body.recipient == nil else {
                throw Problem.forbidden("Only staff choose the recipient; leave recipient out.", code: "not_your_recipient")
            }
            guard request.body.kind ?? NotificationKind.message == NotificationKind.message else {
                throw Problem.forbidden("Only staff send other kinds than \(NotificationKind.message).", code: "not_your_kind")
            }
        }
        return try await store(request)
    }

    func internalSend(_ request: Request<SendNotification>) async throws -> NotificationView { try await store(request) }

    private func store(_ request: Request<SendNotification>) async throws -> NotificationView {
        let notification = NotificationRequest(request.body)
        return try await request.commit(store) { [composer] tx in
            let id = try composer.create(notification, in: tx)
            guard let view = try NotificationTable.fetch(id, in: tx.db) else { throw Problem.notFound("notification", id) }
            return view
        }
    }

    func list(_ request: Request<NoBody>) async throws -> Page<NotificationView> {
        var filter = NotificationTable.Filter()
        filter.userID = try Audience(request).userOrEveryone()
        filter.kind = request.query("kind")
        if let status = request.query("status") {
            guard NotificationStatus(rawValue: status) != nil else {
                throw Problem.badRequest("There is no status \"\(status)\"; use one of \(NotificationStatus.allCases.map(\.rawValue)).")
            }
            filter.status = status
        }
        filter.isUnread = try request.queryBool("unread")
        let cursor = try idCursor(request.cursor)
        let limit = try request.limit()
        let found = try store.read { try NotificationTable.fetch(filter, before: cursor, limit: limit + 1, in: $0) }
        return Page(newestFirst: found, limit: limit, id: \.id)
    }

    func unreadCount(_ request: Request<NoBody>) async throws -> UnreadCount {
        let userID = try Audience(request).user()
        return UnreadCount(user_id: userID, unread: try store.read { try NotificationTable.countUnread(userID: userID, in: $0) })
    }

    func notification(_ request: Request<NoBody>) async throws -> NotificationView {
        let id = try request.pathID("id")
        guard let view = try store.read({ try NotificationTable.fetch(id, in: $0) }) else { throw Problem.notFound("notification", id) }
        try Audience(request).require(owner: view.user_id, of: id)
        return view
    }

    func markRead(_ request: Request<NoBody>) async throws -> NotificationView {
        let id = try request.pathID("id")
        let audience = Audience(request)
        return try await store.write(cause: request.cause) { tx in
            guard let view = try NotificationTable.fetch(id, in: tx.db) else { throw Problem.notFound("notification", id) }
            try audience.require(owner: view.user_id, of: id)
            guard !view.is_read else { return view }
            try NotificationTable.markRead(id, at: tx.now, in: tx.db)
            var read = view
            read.is_read = true
            read.read_at = tx.now
            return read
        }
    }

    func markAllRead(_ request: Request<NoBody>) async throws -> MarkedRead {
        let userID = try Audience(request).user()
        return try await store.write(cause: request.cause) { tx in
            MarkedRead(marked: try NotificationTable.markAllRead(userID: userID, at: tx.now, in: tx.db))
        }
    }
}
