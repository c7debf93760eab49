import Foundation
import GRDB
import Messaging
import Runtime
import Sagas
import Storage

/// A checkout of the size of a test: a local step, two participants, a pivot, a step that must succeed.
struct Checkout: Codable, Sendable {
    var order: String
    var isPaid = true
    var reservation: Int?
    /// Before this time the parcel cannot be packed.
    var shipsAt: Timestamp?
    /// Why the order must not be confirmed.
    var objection: String?
}

struct OutOfBoxes: Error {}

struct Ask: Codable, Sendable, Hashable { var order: String }
struct Answer: Codable, Sendable, Hashable {
    var order: String
    var number: Int?
    var reason: String?
    init(_ order: String, number: Int? = nil, reason: String? = nil) {
        self.order = order
        self.number = number
        self.reason = reason
    }
}

enum Stock {
    static let commands = Topic("inventory-commands", partitions: 2)
    static let reserve = MessageType<Ask>("Inventory.Reserve.v1", on: commands, "Reserve.")
    static let release = MessageType<Ask>("Inventory.Release.v1", on: commands, "Release.")
    static let reserved = MessageType<Answer>("Inventory.Reserved.v1", on: .sagaReplies, "Reserved.")
    static let refused = MessageType<Answer>("Inventory.Refused.v1", on: .sagaReplies, "Refused.")
    static let released = MessageType<Answer>("Inventory.Released.v1", on: .sagaReplies, "Released.")
}

enum Money {
    static let commands = Topic("payment-commands", partitions: 2)
    static let authorize = MessageType<Ask>("Payment.Authorize.v1", on: commands, "Authorise.")
    static let void = MessageType<Ask>("Payment.Void.v1", on: commands, "Void.")
    static let capture = MessageType<Ask>("Payment.Capture.v1", on: commands, "Capture.")
    static let authorized = MessageType<Answer>("Payment.AuthorizeSucceeded.v1", on: .sagaReplies, "Authorised.")
    static let declined = MessageType<Answer>("Payment.AuthorizeFailed.v1", on: .sagaReplies, "Declined.")
    static let voided = MessageType<Answer>("Payment.VoidSucceeded.v1", on: .sagaReplies, "Voided.")
    static let captured = MessageType<Answer>("Payment.CaptureSucceeded.v1", on: .sagaReplies, "Captured.")
    static let captureRefused = MessageType<Answer>("Payment.CaptureFailed.v1", on: .sagaReplies, "Not captured.")
}

let checkout = SagaDefinition<Checkout>(
    "checkout",
    steps: [
        .step("accept order")
            .performs { state, tx in
                try tx.db.execute(sql: "INSERT INTO orders(id, status) VALUES (?, 'pending')", arguments: [state.order])
            }
            .compensates { state, tx, reason in
                try tx.db.execute(sql: "UPDATE orders SET status = 'rejected', reason = ? WHERE id = ?", arguments: [reason, state.order])
            },
        .step("reserve stock")
            .sends(Stock.reserve) { Ask(order: $0.order) }
            .succeeds(on: Stock.reserved) { state, reply, _ in state.reservation = reply.number }
            .fails(on: Stock.refused) { _, reply, _ in reply.reason ?? "refused" }
            .timesOut(after: .seconds(30))
            .compensates(with: Stock.release, done: Stock.released) { Ask(order: $0.order) },
        .step("authorise payment")
            .appliesWhen(\.isPaid)
            .sends(Money.authorize) { Ask(order: $0.order) }
            .succeeds(on: Money.authorized)
            .fails(on: Money.declined) { _, reply, _ in reply.reason ?? "declined" }
            .timesOut(after: .seconds(30))
            .compensates(with: Money.void, done: Money.voided) { Ask(order: $0.order) },
        .step("confirm order")
            .performs { state, tx in
                try tx.db.execute(
                    sql: "UPDATE orders SET status = 'confirmed', reservation = ? WHERE id = ?",
                    arguments: [state.reservation, state.order])
                if let objection = state.objection { throw SagaRefusal(objection) }
            }
            .pivot(),
        .step("capture payment")
            .appliesWhen(\.isPaid)
            .sends(Money.capture) { Ask(order: $0.order) }
            .succeeds(on: Money.captured)
            .fails(on: Money.captureRefused) { _, reply, _ in reply.reason ?? "not captured" }
            .timesOut(after: .seconds(10)),
        .step("ship")
            .performs { state, tx in
                try tx.db.execute(sql: "INSERT INTO parcel(order_id) VALUES (?)", arguments: [state.order])
                try tx.db.execute(sql: "UPDATE orders SET status = 'shipped' WHERE id = ?", arguments: [state.order])
                if let time = state.shipsAt, tx.now < time { throw OutOfBoxes() }
            },
    ])
