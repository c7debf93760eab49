import Contracts
import EventSourcing
import Foundation
import GRDB
import OrdersAPI
import Runtime
import ServiceKit
import Storage

/// Reading orders: one, many, and what happened to them.
extension OrdersService {
    func get(_ request: Request<NoBody>) async throws -> OrderView {
        let id = try orderID(request)
        if let wait = request.query("wait") {
            guard wait == "confirmed" else {
                throw Problem.badRequest("wait can only be \"confirmed\".", code: "wait_invalid")
            }
            if let waiter = try waiterIfOpen(id, request.principal) {
                defer { waiters.remove(waiter) }
                try await waiter.wait(atMost: .seconds(OrdersAPI.waitSecondsMax))
            }
        }
        return try visibleOrder(id, request.principal)
    }

    /// Reads and registers without a commit in between.
    private func waiterIfOpen(_ id: Int64, _ principal: Principal?) throws -> Waiter? {
        try head(id, principal).status.isOpen ? waiters.register(orderID: id) : nil
    }

    func list(_ request: Request<NoBody>) async throws -> Page<OrderView> {
        let limit = try request.limit()
        let before = try request.cursor.map { cursor in
            guard let before = Int64(cursor) else { throw Problem.badRequest("cursor is not one of ours.", code: "cursor_invalid") }
            return before
        }
        let status = try request.query("status").map { text in
            guard let status = OrderStatus(rawValue: text) else {
                let known = OrderStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.badRequest("status must be one of \(known).", code: "status_invalid")
            }
            return status
        }
        let user = try listedUser(request)
        var orders = try read { try OrderTables(db: $0).orders(userID: user, status: status, before: before, limit: limit + 1) }
        let hasMore = orders.count > limit
        if hasMore { orders.removeLast() }
        return Page(items: orders, next_cursor: hasMore ? orders.last.map { String($0.id) } : nil)
    }

    /// Staff see everyone's orders, others their own; without authentication there is nobody to compare with.
    private func listedUser(_ request: Request<NoBody>) throws -> String? {
        let asked = request.query("user_id")
        guard let principal = request.principal, !principal.isStaff else { return asked }
        guard asked == nil || asked == principal.userID else {
            throw Problem.forbidden("Only staff list the orders of someone else.", code: "not_your_orders")
        }
        return principal.userID
    }

    func eventStream(_ request: Request<NoBody>) async throws -> Page<OrderEventView> { Page(items: try history(request).views) }

    func timeline(_ request: Request<NoBody>) async throws -> OrderTimeline { try history(request).timeline }

    private func history(_ request: Request<NoBody>) throws -> OrderHistory {
        let id = try orderID(request)
        _ = try head(id, request.principal)
        return OrderHistory(orderID: id, events: try read { try OrderStream.events.load(String(id), in: $0) })
    }

    // MARK: Shared by the routes

    func orderID<Input>(_ request: Request<Input>) throws -> Int64 { try request.pathID("id") }

    /// Whose order it is and where it stands.
    /// - Throws: ``Problem`` 404, or 403 when it belongs to someone else.
    func head(_ id: Int64, _ principal: Principal?) throws -> OrderTables.Head {
        guard let head = try read({ try OrderTables(db: $0).head(id) }) else { throw Problem.notFound("order", id) }
        if let principal, !principal.isStaff, principal.userID != head.userID {
            throw Problem.forbidden("Order \(id) belongs to someone else.", code: "not_your_order")
        }
        return head
    }

    func visibleOrder(_ id: Int64, _ principal: Principal?) throws -> OrderView {
        guard let order = try read({ try OrderTables(db: $0).order(id) }) else { throw Problem.notFound("order", id) }
        if let principal, !principal.isStaff, principal.userID != order.user_id.text {
            throw Problem.forbidden("Order \(id) belongs to someone else.", code: "not_your_order")
        }
        return order
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T { try context.store.read(body) }
}
