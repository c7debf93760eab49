import Contracts

extension PaymentsAPI {
    public static let listPayments = Endpoint<NoBody, Page<PaymentView>>(
        .get, "/payments", "listPayments", summary: "Payments, newest first: all of them for staff, the caller's own for others.",
        access: .authenticated,
        parameters: [
            .query("order_id", .string, "Only this order's."),
            .query("user_id", .string, "Only this user's (staff)."),
            .query("status", .string, "Only those in this status.", allowed: PaymentStatus.allCases.map(\.rawValue)),
        ] + Parameter.paging)

    public static let payment = Endpoint<NoBody, PaymentView>(
        .get, "/payments/{id}", "getPayment", summary: "One payment with its refunds.", access: .ownerOrStaff,
        parameters: [.path("id", .integer, "The payment's number.")])

    public static let authorize = Endpoint<AuthorizeRequest, PaymentView>(
        .post, "/payments", "authorizePayment",
        summary: "Holds an amount on a test card. A declined card is an answer too: status `declined`. Keys `order-…` are for checkouts.",
        access: .staff, success: 201,
        idempotencyKey: true)

    public static let capture = Endpoint<NoBody, PaymentView>(
        .post, "/payments/{id}/capture", "capturePayment",
        summary: "Collects the whole authorised amount. An order's payment is collected by its checkout.", access: .staff,
        parameters: [.path("id", .integer, "The payment's number.")], idempotencyKey: true)

    public static let void = Endpoint<VoidRequest, PaymentView>(
        .post, "/payments/{id}/void", "voidPayment",
        summary: "Gives up an authorisation that was not captured. An order's payment is given up by cancelling the order.", access: .staff,
        parameters: [.path("id", .integer, "The payment's number.")], idempotencyKey: true)

    public static let refund = Endpoint<RefundRequest, PaymentView>(
        .post, "/payments/{id}/refunds", "refundPayment", summary: "Pays back a captured payment, whole or in part.", access: .staff,
        parameters: [.path("id", .integer, "The payment's number.")], success: 201, idempotencyKey: true)

    public static let entries = Endpoint<NoBody, EntryList>(
        .get, "/payments/{id}/entries", "listPaymentEntries", summary: "A payment's entries in the ledger, in order.", access: .staff,
        parameters: [.path("id", .integer, "The payment's number.")])
}
