import Commerce
import GRDB
import PaymentsAPI
import Runtime
import Storage

/// A row of payments_payment.
struct PaymentRecord: Hashable {
    let id: Int64
    let paymentKey: String
    let orderID: String
    let userID: String
    let amountMinor: Int64
    var capturedMinor: Int64
    var refundedMinor: Int64
    let currency: Currency
    var status: PaymentStatus
    let cardLast4: String?
    var code: String?
    var reason: String?
    let reference: String
    let createdAt: Timestamp
    var updatedAt: Timestamp

    /// In the order in which `init` reads them.
    static let columns = """
        id, payment_key, order_id, user_id, amount_minor, captured_minor, refunded_minor, currency, status, card_last4, code, reason,
        reference, created_at, updated_at
        """

    init(_ row: borrowing SQLRow) throws {
        guard let currency = Currency(row[7]), let status = PaymentStatus(rawValue: row[8]) else {
            throw DatabaseError(message: "payment \(row[0] as Int64) has currency \(row[7] as String) and status \(row[8] as String)")
        }
        id = row[0]
        paymentKey = row[1]
        orderID = row[2]
        userID = row[3]
        amountMinor = row[4]
        capturedMinor = row[5]
        refundedMinor = row[6]
        self.currency = currency
        self.status = status
        cardLast4 = row[9]
        code = row[10]
        reason = row[11]
        reference = row[12]
        createdAt = Timestamp(microseconds: row[13])
        updatedAt = Timestamp(microseconds: row[14])
    }

    var amount: Money { Money(minorUnits: amountMinor, currency: currency) }

    func decimal(_ minorUnits: Int64) -> String { Money(minorUnits: minorUnits, currency: currency).decimal }

    func event(amountMinor: Int64? = nil) -> PaymentEvent {
        PaymentEvent(
            payment_id: id, order_id: orderID, user_id: userID, amount_minor: amountMinor ?? self.amountMinor, currency: currency.code)
    }

    func view(refunds: [RefundView]) -> PaymentView {
        PaymentView(
            id: id, payment_key: paymentKey, order_id: orderID, user_id: userID, amount: amount.decimal,
            captured: decimal(capturedMinor), refunded: decimal(refundedMinor), currency: currency.code, status: status,
            card_last4: cardLast4, code: code, reason: reason, reference: reference, refunds: refunds, created_at: createdAt,
            updated_at: updatedAt)
    }
}
