import Messaging
import PaymentsAPI
import Reliability
import Runtime
import Storage

/// The payments' side of checkouts: obeys the payment commands and answers with the command's subject.
///
/// A command that the flow cannot have meant (capturing what was voided) is a dead letter: no answer would make it right.
struct PaymentParticipant: Sendable {
    let payments: CardPayments

    func install(_ handlers: inout MessageHandlers) {
        handlers.on(PaymentsAPI.authorizeCommand) { command, message, tx in try self.authorize(command, answering: message, in: tx) }
        handlers.on(PaymentsAPI.captureCommand) { command, message, tx in try self.capture(command, answering: message, in: tx) }
        handlers.on(PaymentsAPI.voidCommand) { command, message, tx in try self.void(command, answering: message, in: tx) }
        handlers.on(PaymentsAPI.refundCommand) { command, message, tx in try self.refund(command, answering: message, in: tx) }
    }

    func authorize(_ command: AuthorizePayment, answering message: Message, in tx: StoreTransaction) throws {
        let authorization: CardPayments.Authorization
        do {
            authorization = try payments.authorize(command, in: tx)
        } catch let timeout as ProcessorTimeout {
            if seeded("payment.gives-up-on-a-silent-processor") { throw PermanentFailure(timeout.description) }
            throw RetryLater(after: timeout.retryAfter, timeout.description)
        }
        switch authorization {
        case .authorized(let payment):
            try tx.publish(
                PaymentsAPI.authorizeSucceeded, PaymentAuthorized(order_id: command.order_id, payment_id: payment.id),
                subject: message.subject)
        case .declined(let refusal, _):
            try tx.publish(
                PaymentsAPI.authorizeFailed,
                PaymentDeclined(order_id: command.order_id, code: refusal.code, reason: refusal.reason), subject: message.subject)
        }
    }

    func capture(_ command: CapturePayment, answering message: Message, in tx: StoreTransaction) throws {
        let payment = try obey(command.payment_key) {
            try payments.capture(try PaymentTable.find(key: command.payment_key, in: tx.db), in: tx)
        }
        try tx.publish(
            PaymentsAPI.captureSucceeded, PaymentCaptured(order_id: command.order_id, payment_id: payment.id), subject: message.subject)
    }

    func void(_ command: VoidPayment, answering message: Message, in tx: StoreTransaction) throws {
        try obey(command.payment_key) { try payments.void(command, in: tx) }
        try tx.publish(PaymentsAPI.voidSucceeded, PaymentVoided(order_id: command.order_id), subject: message.subject)
    }

    func refund(_ command: RefundPayment, answering message: Message, in tx: StoreTransaction) throws {
        do {
            let (payment, amount) = try payments.refund(
                try PaymentTable.find(key: command.payment_key, in: tx.db), amountMinor: command.amount_minor, key: command.refund_key,
                reason: command.reason, in: tx)
            try tx.publish(
                PaymentsAPI.refundSucceeded, PaymentRefunded(order_id: command.order_id, payment_id: payment.id, amount_minor: amount),
                subject: message.subject)
        } catch let refusal as PaymentTransition.Refusal {
            try tx.publish(
                PaymentsAPI.refundFailed, PaymentDeclined(order_id: command.order_id, code: refusal.code, reason: refusal.reason),
                subject: message.subject)
        } catch let timeout as ProcessorTimeout {
            throw RetryLater(after: timeout.retryAfter, timeout.description)
        }
    }

    private func obey<T>(_ key: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let refusal as PaymentTransition.Refusal {
            throw PermanentFailure("payment \(key): \(refusal.reason)")
        } catch let timeout as ProcessorTimeout {
            if seeded("payment.gives-up-on-a-silent-processor") { throw PermanentFailure(timeout.description) }
            throw RetryLater(after: timeout.retryAfter, timeout.description)
        }
    }
}
