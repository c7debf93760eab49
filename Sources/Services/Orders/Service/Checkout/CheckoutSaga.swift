import CatalogAPI
import OrdersAPI
import PaymentsAPI
import Sagas

/// The checkout of one order: reserve, authorise, confirm, capture, commit, ship. Each compensation stands beside its step.
///
/// Up to the pivot a refusal, a time-out or a cancellation undoes what was done, last step first, and ends the order. From the pivot
/// on the saga only goes forward: capture and commit are sent again until they are done. Steps that do not apply are left out; an
/// order with none of them is confirmed in the transaction that placed it. docs/patterns/checkout-saga.md draws it.
enum CheckoutSaga {
    static let name = "checkout"

    static func definition(book: OrderBook, timeouts: CheckoutTimeouts) -> SagaDefinition<Checkout> {
        SagaDefinition(
            name,
            steps: [
                // The order itself: placed in the transaction that begins the saga, so there is nothing to do but to undo it.
                .step("accept order")
                    .performs { _, _ in }
                    .compensates { checkout, tx, reason in try book.end(&checkout, because: reason, in: tx) },

                .step("reserve stock")
                    .appliesWhen { $0.reservesStock }
                    // Without a time limit of our own: this saga releases what it holds, also after a crash.
                    .sends(CatalogAPI.reserve) { ReserveStock(order_id: $0.sagaID, lines: $0.stock) }
                    .succeeds(on: CatalogAPI.reserved) { checkout, _, tx in try book.record(.reserveStock, of: checkout, in: tx) }
                    .fails(on: CatalogAPI.refused) { checkout, refused, _ in checkout.refuse(.stock(refused)) }
                    .timesOut(after: timeouts.reserve)
                    .compensates(with: CatalogAPI.release, done: CatalogAPI.released) {
                        ReleaseStock(order_id: $0.sagaID, reason: $0.refusal?.code ?? "checkout_given_up")
                    },

                .step("authorise payment")
                    .appliesWhen { $0.takesPayment }
                    .sends(PaymentsAPI.authorizeCommand) { checkout in
                        AuthorizePayment(
                            payment_key: checkout.paymentKey, order_id: checkout.sagaID, user_id: checkout.userID,
                            amount_minor: checkout.totalMinor, currency: checkout.currency, card: checkout.card)
                    }
                    .succeeds(on: PaymentsAPI.authorizeSucceeded) { checkout, authorized, tx in
                        checkout.card = nil
                        try book.record(.authorizePayment(paymentID: authorized.payment_id), of: checkout, in: tx)
                    }
                    .fails(on: PaymentsAPI.authorizeFailed) { checkout, declined, tx in
                        checkout.card = nil
                        let reason = OrderReason(code: declined.code, detail: declined.reason)
                        try book.record(.declinePayment(reason), of: checkout, in: tx)
                        return checkout.refuse(reason)
                    }
                    .timesOut(after: timeouts.authorize)
                    .compensates(with: PaymentsAPI.voidCommand, done: PaymentsAPI.voidSucceeded) {
                        VoidPayment(payment_key: $0.paymentKey, order_id: $0.sagaID, reason: $0.refusal?.code ?? "checkout_given_up")
                    },

                .step("confirm order")
                    .performs { checkout, tx in try book.confirm(checkout, in: tx) }
                    .pivot(),

                .step("capture payment")
                    .appliesWhen { $0.takesPayment }
                    .sends(PaymentsAPI.captureCommand) { CapturePayment(payment_key: $0.paymentKey, order_id: $0.sagaID) }
                    .succeeds(on: PaymentsAPI.captureSucceeded) { checkout, captured, tx in
                        try book.record(.capturePayment(paymentID: captured.payment_id), of: checkout, in: tx)
                    }
                    .timesOut(after: timeouts.authorize)
                    .retriable(),

                .step("commit stock")
                    .appliesWhen { $0.reservesStock }
                    .sends(CatalogAPI.commit) { CommitStock(order_id: $0.sagaID) }
                    .succeeds(on: CatalogAPI.committed) { _, _, _ in }
                    .timesOut(after: timeouts.reserve)
                    .retriable(),

                .step("create shipment")
                    .appliesWhen { $0.ships }
                    .performs { checkout, tx in try book.record(.createShipment(carrier: nil, tracking: nil), of: checkout, in: tx) },

                // Order.Confirmed is what notifications, analytics and others listen to.
                .step("ask for notification")
                    .performs { checkout, tx in try book.announceConfirmed(checkout, in: tx) },
            ])
    }
}

extension OrderReason {
    fileprivate static func stock(_ refused: StockRefused) -> OrderReason {
        let product = refused.product_id.map { "Product \($0)" } ?? "A product"
        let detail =
            switch refused.reason {
            case "out_of_stock": "\(product) is not in stock in the quantity ordered."
            case "product_unavailable": "\(product) is not for sale any more."
            default: "The stock could not be reserved (\(refused.reason))."
            }
        return OrderReason(code: refused.reason, detail: detail)
    }
}
