import Commerce
import GRDB
import PaymentsAPI
import Runtime
import Storage

/// What can be done with a payment, each inside one transaction: rows, ledger and events together. Doing the same twice is doing it once.
///
/// Commands and HTTP requests both end here. An authorisation posts nothing to the ledger: it is a promise, no money has moved.
/// A capture and a refund do.
struct CardPayments: Sendable {
    typealias Refusal = PaymentTransition.Refusal

    enum Authorization {
        case authorized(PaymentRecord)
        /// With the payment that records it; nil when the request itself was refused.
        case declined(Refusal, PaymentRecord?)
    }

    let processor: any CardProcessor

    /// - Throws: ``ProcessorTimeout``; nothing is kept then.
    func authorize(_ command: AuthorizePayment, in tx: StoreTransaction) throws -> Authorization {
        if let existing = try PaymentTable.find(key: command.payment_key, in: tx.db) { return Self.answer(existing, to: command) }
        guard let currency = Currency(command.currency) else { return .declined(.unknownCurrency, nil) }
        guard command.amount_minor >= 0 else { return .declined(.notPositive, nil) }
        guard command.amount_minor <= Money.minorUnitsMax else { return .declined(.tooLarge, nil) }
        if try PaymentTable.hasTombstone(command.payment_key, in: tx.db) { return .declined(.voided, nil) }
        let amount = Money(minorUnits: command.amount_minor, currency: currency)
        let notices = try processor.authorize(
            CardAuthorization(paymentKey: command.payment_key, amount: amount, card: command.card, at: tx.now))
        for notice in notices { try record(notice, of: command, in: tx) }
        guard let payment = try PaymentTable.find(key: command.payment_key, in: tx.db) else {
            throw ProcessorTimeout(retryAfter: .seconds(1))  // the processor said nothing at all
        }
        return Self.answer(payment, to: command)
    }

    /// Keeps what the processor said, once: a second notice about the same payment finds its row and changes nothing.
    private func record(_ notice: AuthorizationNotice, of command: AuthorizePayment, in tx: StoreTransaction) throws {
        let (status, code, reason): (PaymentStatus, String?, String?) =
            switch notice.outcome {
            case .approved: (.authorized, nil, nil)
            case .declined(let code, let reason): (.declined, code, reason)
            }
        guard
            let id = try PaymentTable.insert(
                command, status: status, reference: notice.reference, code: code, reason: reason, in: tx)
                ?? (seeded("payment.told-twice") ? PaymentTable.find(key: command.payment_key, in: tx.db)?.id : nil)
        else { return }
        try tx.publish(
            status == .authorized ? PaymentsAPI.authorized : PaymentsAPI.declined,
            PaymentEvent(
                payment_id: id, order_id: command.order_id, user_id: command.user_id, amount_minor: command.amount_minor,
                currency: command.currency), subject: String(id))
    }

    private static func answer(_ payment: PaymentRecord, to command: AuthorizePayment) -> Authorization {
        guard payment.orderID == command.order_id, payment.amountMinor == command.amount_minor, payment.currency.code == command.currency
        else { return .declined(.keyReused, payment) }
        switch payment.status {
        case .authorized, .captured, .partiallyRefunded, .refunded: return .authorized(payment)
        case .voided: return .declined(.voided, payment)
        case .declined:
            return .declined(Refusal(payment.code ?? Refusal.declined.code, payment.reason ?? Refusal.declined.reason), payment)
        }
    }

    /// Collects the whole amount of `payment`.
    func capture(_ payment: PaymentRecord?, in tx: StoreTransaction) throws -> PaymentRecord {
        let step = try PaymentTransition.capture(payment?.status)
        guard var payment else { throw Refusal.unknown }
        guard step == .collect else { return payment }
        try processor.capture(payment.reference, amount: payment.amount)
        payment.status = .captured
        payment.capturedMinor = payment.amountMinor
        try PaymentTable.update(payment, in: tx)
        try Ledger.post(.capture, payment.amount, of: payment.id, in: tx)
        try tx.publish(PaymentsAPI.captured, payment.event(), subject: String(payment.id))
        return payment
    }

    /// Gives up what is held; for a key without a payment, makes sure that there never will be one.
    func void(_ command: VoidPayment, in tx: StoreTransaction) throws {
        let payment = try PaymentTable.find(key: command.payment_key, in: tx.db)
        switch try PaymentTransition.void(payment?.status) {
        case .leaveTombstone: try PaymentTable.insertTombstone(command, in: tx)
        case .giveUp where seeded("payment.void-does-nothing"): break
        case .giveUp: if let payment { _ = try void(payment, reason: command.reason, in: tx) }
        case .answerVoided: break
        }
    }

    func void(_ payment: PaymentRecord, reason: String, in tx: StoreTransaction) throws -> PaymentRecord {
        guard try PaymentTransition.void(payment.status) == .giveUp else { return payment }
        var payment = payment
        try processor.void(payment.reference)
        payment.status = .voided
        payment.code = Refusal.voided.code
        payment.reason = reason
        try PaymentTable.update(payment, in: tx)
        try tx.publish(PaymentsAPI.voided, payment.event(), subject: String(payment.id))
        return payment
    }

    /// Pays back `amountMinor`, or all that is left; once per `key`.
    func refund(
        _ payment: PaymentRecord?, amountMinor: Int64?, key: String, reason: String, in tx: StoreTransaction
    ) throws -> (payment: PaymentRecord, amountMinor: Int64) {
        guard var payment else { throw Refusal.unknown }
        let key = seeded("payment.refunded-twice") ? "\(key) at \(tx.now.microseconds)" : key
        if let paidBack = try RefundTable.amount(of: payment.id, key: key, in: tx.db) {
            guard amountMinor == nil || amountMinor == paidBack else { throw Refusal.refundKeyReused }
            return (payment, paidBack)
        }
        let (amountMinor, status) = try PaymentTransition.refund(
            amountMinor, status: payment.status, captured: payment.capturedMinor, refunded: payment.refundedMinor)
        let amount = Money(minorUnits: amountMinor, currency: payment.currency)
        try processor.refund(payment.reference, amount: amount, key: key)
        payment.status = status
        payment.refundedMinor = seeded("payment.refund-forgets-earlier-ones") ? amountMinor : payment.refundedMinor + amountMinor
        try PaymentTable.update(payment, in: tx)
        try RefundTable.insert(payment.id, key: key, amountMinor: amountMinor, reason: reason, in: tx)
        try Ledger.post(.refund, amount, of: payment.id, in: tx)
        try tx.publish(PaymentsAPI.refunded, payment.event(amountMinor: amountMinor), subject: String(payment.id))
        return (payment, amountMinor)
    }
}
