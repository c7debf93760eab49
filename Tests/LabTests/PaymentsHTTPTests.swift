import Contracts
import Foundation
import Messaging
import PaymentsAPI
import PaymentsService
import Runtime
import ServiceKit
import Testing

@Suite struct PaymentsHTTPTests {
    static func body(_ key: String, amount: String = "99.90", card: String = "4242424242424242") -> String {
        #"{"payment_key":"\#(key)","order_id":"1","user_id":"bo","amount":"\#(amount)","currency":"USD","card":"\#(card)"}"#
    }

    @Test func `staff take a payment through its life`() throws {
        try CatalogHostRig.run(PaymentsService.self) { rig async throws in
            #expect(await rig.status(.post, "/payments", Self.body("k"), as: CatalogHostRig.buyer) == 403)
            let reply = await rig.call(.post, "/payments", Self.body("k"), as: CatalogHostRig.staff)
            #expect(reply.status == 201)
            let payment = try JSONCoding.decode(PaymentView.self, from: reply.body)
            #expect(payment.status == .authorized)
            #expect(payment.card_last4 == "4242")
            #expect(await rig.code(.post, "/payments/1/refunds", #"{"reason":"no"}"#, as: CatalogHostRig.staff) == "payment_not_captured")
            #expect(try await rig.value(PaymentView.self, .post, "/payments/1/capture", as: CatalogHostRig.staff).captured == "99.90")
            #expect(await rig.code(.post, "/payments/1/void", #"{"reason":"no"}"#, as: CatalogHostRig.staff) == "payment_captured")
            let part = try await rig.value(
                PaymentView.self, .post, "/payments/1/refunds", #"{"amount":"9.90","reason":"late","refund_key":"r"}"#,
                as: CatalogHostRig.staff)
            #expect(part.status == .partiallyRefunded)
            #expect(part.refunded == "9.90")
            #expect(part.refunds.map(\.amount) == ["9.90"])
            #expect(
                await rig.code(.post, "/payments/1/refunds", #"{"amount":"90.01","reason":"x"}"#, as: CatalogHostRig.staff)
                    == "refund_too_large")
            let entries = try await rig.value(EntryList.self, .get, "/payments/1/entries", as: CatalogHostRig.staff)
            #expect(entries.items.map(\.amount) == ["99.90", "-99.90", "9.90", "-9.90"])
            let accounts = try await rig.value(AccountList.self, .get, "/ledger/accounts", as: CatalogHostRig.staff)
            #expect(accounts.items.map(\.balance) == ["9.90", "-99.90", "90.00"])
            #expect(try await rig.value(LedgerReport.self, .get, "/ledger/check", as: CatalogHostRig.staff).balanced)
            #expect(await rig.status(.get, "/ledger/check", as: CatalogHostRig.buyer) == 403)
        }
    }

    @Test func `a decline is an answer, a silent processor asks for patience`() throws {
        try CatalogHostRig.run(PaymentsService.self) { rig async throws in
            let declined = try await rig.value(
                PaymentView.self, .post, "/payments", Self.body("a", card: "4000000000000002"), as: CatalogHostRig.staff)
            #expect(declined.status == .declined)
            #expect(declined.code == "card_declined")
            let silent = await rig.call(.post, "/payments", Self.body("b", card: "4000000000000259"), as: CatalogHostRig.staff)
            #expect(silent.status == 503)
            #expect(silent.headers["Retry-After"] != nil)
            try await rig.world.sleep(for: .seconds(1))
            #expect(await rig.status(.post, "/payments", Self.body("b", card: "4000000000000259"), as: CatalogHostRig.staff) == 201)
            #expect(await rig.code(.post, "/payments", Self.body("b", amount: "1"), as: CatalogHostRig.staff) == "payment_key_reused")
            #expect(await rig.code(.post, "/payments", Self.body("c", amount: "-1"), as: CatalogHostRig.staff) == "validation_failed")
            let tooMuch = await rig.call(.post, "/payments", Self.body("c", amount: "10000000000.01"), as: CatalogHostRig.staff)
            #expect(tooMuch.problem?.errors == [FieldError(field: "amount", message: "must be at most 10000000000.00 USD")])
        }
    }

    @Test func `what a checkout pays with is collected and given up by the checkout alone, and refunded by staff`() throws {
        try CatalogHostRig.run(PaymentsService.self) { rig async throws in
            let taken = await rig.call(.post, "/payments", Self.body("order-1"), as: CatalogHostRig.staff)
            #expect(taken.problem?.errors?.map(\.field) == ["payment_key"])
            let key = CheckoutPayment.key(ofOrder: 1)
            let command = AuthorizePayment(payment_key: key, order_id: "1", user_id: "bo", amount_minor: 9990, currency: "USD")
            try await rig.send(PaymentsAPI.authorizeCommand, command, saga: "1")
            for step in ["capture", "void"] {
                let body = #"{"reason":"by hand"}"#
                #expect(await rig.code(.post, "/payments/1/\(step)", body, as: CatalogHostRig.staff) == "payment_of_checkout")
            }
            try await rig.send(PaymentsAPI.captureCommand, CapturePayment(payment_key: key, order_id: "1"), saga: "1")
            #expect(await rig.code(.post, "/payments/1/void", #"{"reason":"no"}"#, as: CatalogHostRig.staff) == "payment_of_checkout")
            #expect(await rig.status(.post, "/payments/1/refunds", #"{"reason":"returned"}"#, as: CatalogHostRig.staff) == 201)
        }
    }

    @Test func `people see their own payments, staff see all`() throws {
        try CatalogHostRig.run(PaymentsService.self) { rig async throws in
            for key in ["a", "b", "c"] { _ = await rig.call(.post, "/payments", Self.body(key), as: CatalogHostRig.staff) }
            #expect(try await rig.value(Page<PaymentView>.self, .get, "/payments", as: CatalogHostRig.buyer).items.count == 3)
            #expect(try await rig.value(Page<PaymentView>.self, .get, "/payments?user_id=bo", as: CatalogHostRig.rival).items.isEmpty)
            let page = try await rig.value(Page<PaymentView>.self, .get, "/payments?order_id=1&limit=2", as: CatalogHostRig.staff)
            #expect(page.items.map(\.id) == [3, 2])
            let rest = try await rig.value(
                Page<PaymentView>.self, .get, "/payments?order_id=1&limit=2&cursor=\(page.next_cursor ?? "")", as: CatalogHostRig.staff)
            #expect(rest.items.map(\.id) == [1])
            #expect(await rig.status(.get, "/payments/1", as: CatalogHostRig.buyer) == 200)
            #expect(await rig.code(.get, "/payments/1", as: CatalogHostRig.rival) == "not_owner")
            #expect(await rig.code(.get, "/payments?status=lost", as: CatalogHostRig.staff) == "invalid_parameter")
            #expect(await rig.code(.get, "/payments?cursor=x", as: CatalogHostRig.staff) == "cursor_invalid")
        }
    }

    @Test func `commands of a checkout end in a captured payment, also when the processor is silent at first`() throws {
        try CatalogHostRig.run(PaymentsService.self) { rig async throws in
            let command = AuthorizePayment(
                payment_key: "order-1", order_id: "1", user_id: "bo", amount_minor: 9990, currency: "USD", card: "4000000000000259")
            try await rig.send(PaymentsAPI.authorizeCommand, command, saga: "1")
            try await rig.send(PaymentsAPI.captureCommand, CapturePayment(payment_key: "order-1", order_id: "1"), saga: "1")
            let payments = try await rig.value(Page<PaymentView>.self, .get, "/payments?order_id=1", as: CatalogHostRig.staff)
            #expect(payments.items.map(\.status) == [.captured])
        }
    }
}
