import Commerce
import Contracts
import Foundation
import GRDB
import Messaging
import PaymentsAPI
import Reliability
import Runtime
import Storage
import Testing

@testable import PaymentsService

@Suite struct PaymentsTests {
    @Test func `authorise holds, capture collects, and each answers the saga`() throws {
        try PaymentsBench.run { bench async throws in
            #expect(try await bench.authorize("1") == ["Payment.AuthorizeSucceeded.v1"])
            #expect(try bench.payment("1").status == .authorized)
            #expect(try bench.report().entries == 0, "an authorisation moves no money")
            #expect(try await bench.capture("1") == ["Payment.CaptureSucceeded.v1"])
            #expect(try bench.payment("1").capturedMinor == 9990)
            #expect(try bench.balances() == ["merchant_revenue USD -99.90", "processor_receivable USD 99.90"])
            #expect(try bench.report().balanced)
        }
    }

    @Test(arguments: [
        ("4000000000000002", "card_declined"), ("4000000000009995", "insufficient_funds"), ("1234567812345678", "card_unknown"),
    ])
    func `a declined card is an answer, with its code`(card: String, code: String) throws {
        try PaymentsBench.run { bench async throws in
            for _ in 0..<2 { #expect(try await bench.authorize("1", card: card) == ["Payment.AuthorizeFailed.v1"]) }
            let payment = try bench.payment("1")
            #expect(payment.status == .declined)
            #expect(payment.code == code)
            #expect(payment.cardLast4 == String(card.suffix(4)))
            #expect(try bench.events() == ["Payment.Declined.v1"])
            #expect(try await bench.void("1") == ["Payment.VoidSucceeded.v1"], "nothing is held")
            await #expect(throws: PermanentFailure.self) { _ = try await bench.capture("1") }
        }
    }

    @Test func `no command can ask for more than one payment may be, so that no account of the ledger is filled up`() throws {
        try PaymentsBench.run { bench async throws in
            for amount in [Money.minorUnitsMax + 1, .max, -1] {
                #expect(try await bench.authorize("1", amount: amount) == ["Payment.AuthorizeFailed.v1"])
            }
            for order in ["2", "3"] {
                #expect(try await bench.authorize(order, amount: Money.minorUnitsMax) == ["Payment.AuthorizeSucceeded.v1"])
                #expect(try await bench.capture(order) == ["Payment.CaptureSucceeded.v1"])
            }
            #expect(try bench.report().balanced)
        }
    }

    @Test func `a processor that does not answer is asked again, and then approves`() throws {
        try PaymentsBench.run { bench async throws in
            // As often as it is asked too early: a batch that is undone asks again at once.
            for _ in 0..<3 {
                await #expect(throws: RetryLater.self) { _ = try await bench.authorize("1", card: "4000000000000259") }
                #expect(try bench.rig.rows("SELECT * FROM payments_payment").isEmpty)
            }
            try await bench.rig.world.sleep(for: PaymentsBench.processorRetry)
            #expect(try await bench.authorize("1", card: "4000000000000259") == ["Payment.AuthorizeSucceeded.v1"])
        }
    }

    @Test func `a processor that says it twice is heard once`() throws {
        try PaymentsBench.run { bench async throws in
            #expect(try await bench.authorize("1", card: "4000000000000341") == ["Payment.AuthorizeSucceeded.v1"])
            #expect(try bench.events() == ["Payment.Authorized.v1"])
        }
    }

    @Test func `repeated commands answer the same and move no more money`() throws {
        try PaymentsBench.run { bench async throws in
            for _ in 0..<3 { #expect(try await bench.authorize("1") == ["Payment.AuthorizeSucceeded.v1"]) }
            for _ in 0..<3 { #expect(try await bench.capture("1") == ["Payment.CaptureSucceeded.v1"]) }
            #expect(try await bench.authorize("1") == ["Payment.AuthorizeSucceeded.v1"])
            #expect(try bench.events() == ["Payment.Authorized.v1", "Payment.Captured.v1"])
            #expect(try bench.report().entries == 2)
        }
    }

    @Test func `a key that names another amount is refused`() throws {
        try PaymentsBench.run { bench async throws in
            _ = try await bench.authorize("1")
            #expect(try await bench.authorize("1", amount: 1) == ["Payment.AuthorizeFailed.v1"])
            #expect(try bench.payment("1").amountMinor == 9990)
        }
    }

    @Test func `a void before its authorise leaves a tombstone`() throws {
        try PaymentsBench.run { bench async throws in
            for _ in 0..<2 { #expect(try await bench.void("1") == ["Payment.VoidSucceeded.v1"]) }
            #expect(try await bench.authorize("1") == ["Payment.AuthorizeFailed.v1"])
            #expect(try bench.rig.rows("SELECT * FROM payments_payment").isEmpty)
        }
    }

    @Test func `a voided payment cannot be captured and a captured one cannot be voided`() throws {
        try PaymentsBench.run { bench async throws in
            _ = try await bench.authorize("1")
            for _ in 0..<2 { #expect(try await bench.void("1") == ["Payment.VoidSucceeded.v1"]) }
            await #expect(throws: PermanentFailure.self) { _ = try await bench.capture("1") }
            #expect(try await bench.authorize("1") == ["Payment.AuthorizeFailed.v1"])
            _ = try await bench.authorize("2")
            _ = try await bench.capture("2")
            await #expect(throws: PermanentFailure.self) { _ = try await bench.void("2") }
            #expect(try bench.report().balanced)
        }
    }

    @Test func `refunds come in parts, once per key, and never exceed what was collected`() throws {
        try PaymentsBench.run { bench async throws in
            _ = try await bench.authorize("1")
            #expect(try await bench.refund("1", key: "early", 1) == ["Payment.RefundFailed.v1"])
            _ = try await bench.capture("1")
            for _ in 0..<2 { #expect(try await bench.refund("1", key: "a", 4000) == ["Payment.RefundSucceeded.v1"]) }
            #expect(try bench.payment("1").status == .partiallyRefunded)
            #expect(try await bench.refund("1", key: "a", 4001) == ["Payment.RefundFailed.v1"])
            #expect(try await bench.refund("1", key: "b", 5991) == ["Payment.RefundFailed.v1"])
            #expect(try await bench.refund("1", key: "c", nil) == ["Payment.RefundSucceeded.v1"])
            #expect(try bench.payment("1").status == .refunded)
            #expect(try await bench.refund("1", key: "d", nil) == ["Payment.RefundFailed.v1"])
            #expect(
                try bench.balances() == ["customer_refunds USD 99.90", "merchant_revenue USD -99.90", "processor_receivable USD 0.00"])
            #expect(try bench.report().balanced)
        }
    }

    @Test func `a posting that does not come to zero is refused`() throws {
        try PaymentsBench.run { bench async throws in
            _ = try await bench.authorize("1")
            await #expect(throws: Ledger.Unbalanced.self) {
                try await bench.rig.write { tx in
                    try Ledger.post(
                        .capture,
                        [
                            Ledger.Line(account: .processorReceivable, amount: Money(minorUnits: 100, currency: .usd)),
                            Ledger.Line(account: .merchantRevenue, amount: Money(minorUnits: -100, currency: .eur)),
                        ], of: 1, in: tx)
                }
            }
            #expect(try bench.report().entries == 0)
        }
    }

    @Test func `the check finds a balance that was tampered with, and entries cannot be`() throws {
        try PaymentsBench.run { bench async throws in
            _ = try await bench.authorize("1")
            _ = try await bench.capture("1")
            await #expect(throws: DatabaseError.self) {
                try await bench.rig.write { tx in try tx.db.execute(sql: "UPDATE payments_entry SET amount_minor = amount_minor + 1") }
            }
            await #expect(throws: DatabaseError.self) {
                try await bench.rig.write { tx in try tx.db.execute(sql: "DELETE FROM payments_entry") }
            }
            try await bench.rig.write { tx in
                try tx.db.execute(sql: "UPDATE payments_account SET balance_minor = balance_minor + 1 WHERE code = 'merchant_revenue'")
            }
            #expect(try bench.report().findings.count == 1)
            #expect(try !bench.report().balanced)
        }
    }

    @Test func `the ledger balances after random commands, repeated and out of order`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("PaymentsTests seed \(seed)")
        try PaymentsBench.run(seed: seed) { bench async throws in
            let random = RandomStream(seed: seed)
            let cards = [nil, "4242424242424242", "4000000000000002", "4000000000000259", "4000000000000341"]
            let currencies = ["USD", "JPY", "KWD"]
            for step in 0..<1_500 {
                let order = random.below(150)
                let (currency, card) = (currencies[order % 3], cards[order % 5])
                try await bench.tolerating {
                    switch random.below(10) {
                    case 0..<4:
                        _ = try await bench.authorize("\(order)", amount: Int64(order * 37), currency: currency, card: card)
                    case 4..<6: _ = try await bench.capture("\(order)")
                    case 6: _ = try await bench.void("\(order)")
                    default:
                        let amount = random.below(3) == 0 ? nil : Int64(random.below(2_000))
                        _ = try await bench.refund("\(order)", key: "\(random.below(4))", amount)
                    }
                }
                if step % 250 == 0 { #expect(try bench.report().findings == [], "seed \(seed), step \(step)") }
            }
            let report = try bench.report()
            #expect(report.findings == [], "seed \(seed)")
            #expect(report.entries > 0)
            #expect(report.currencies.allSatisfy { Set($0.total).isSubset(of: ["0", "."]) }, "seed \(seed)")
            // What readers of the events add up is what the books say.
            let told = try bench.netOfEvents()
            let kept = try bench.rig.rows("SELECT currency, sum(captured_minor - refunded_minor) FROM payments_payment GROUP BY currency")
            for row in kept { #expect("\(told[row[0], default: 0])" == row[1], "seed \(seed), \(row[0])") }
        }
    }

    @Test func `every status has an answer to every command`() {
        for status in PaymentStatus.allCases {
            let captured = (try? PaymentTransition.capture(status)) == .collect  // refusals are values here
            #expect(captured == (status == .authorized))
            let voided = (try? PaymentTransition.void(status)) == .giveUp  // the same
            #expect(voided == (status == .authorized))
            let refund = try? PaymentTransition.refund(nil, status: status, captured: 10, refunded: 4)  // the same
            #expect((refund != nil) == (status == .captured || status == .partiallyRefunded))
        }
    }

    @Test func `bodies are refused field by field`() {
        let bad = AuthorizeRequest(payment_key: "", order_id: "1", user_id: "u", amount: "0", currency: "USD", card: "12")
        #expect(Validation.errors(of: bad).map(\.field) == ["payment_key", "amount", "card"])
    }
}
