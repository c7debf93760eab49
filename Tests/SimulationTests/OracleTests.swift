import Foundation
import GRDB
import LabTesting
import Messaging
import OrdersAPI
import Synchronization
import Testing

@testable import Simulation

/// Each oracle is green on a healthy run, and red on one whose files were tampered with afterwards.
@Suite struct OracleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let oracle: @Sendable () -> any Oracle
        /// A part of what the oracle must say.
        let says: String
        let tamper: @Sendable (SimulatedLab) async throws -> Void
        var testDescription: String { name }

        init(
            _ oracle: @escaping @autoclosure @Sendable () -> any Oracle, says: String,
            _ tamper: @escaping @Sendable (SimulatedLab) async throws -> Void
        ) {
            name = "\(oracle().name): \(says)"
            self.oracle = oracle
            self.says = says
            self.tamper = tamper
        }

        init(_ oracle: @escaping @autoclosure @Sendable () -> any Oracle, says: String, in service: String, _ sql: String) {
            self.init(oracle(), says: says) { lab in
                try tampered(lab, service, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; \(sql)")
            }
        }
    }

    static let cases = [
        Case(
            .moneyConserved, says: "collected", in: "payments",
            "UPDATE payments_payment SET captured_minor = captured_minor - 1 WHERE captured_minor > 0"),
        Case(.moneyConserved, says: "not due", in: "payments", "UPDATE payments_payment SET captured_minor = 5 WHERE status = 'declined'"),
        Case(
            .moneyConserved, says: "neither collected nor given back", in: "payments", "UPDATE payments_payment SET status = 'authorized'"),
        Case(
            .ledgerBalanced, says: "leaves 1", in: "payments",
            "DROP TRIGGER payments_entry_kept; UPDATE payments_entry SET amount_minor = amount_minor + 1 WHERE line = 1"),
        Case(.ledgerBalanced, says: "its entries", in: "payments", "UPDATE payments_account SET balance_minor = balance_minor + 1"),
        Case(.stockNonNegative, says: "reserved", in: "catalog", "UPDATE products_inventory SET reserved = on_hand + 1"),
        Case(
            .effectsOnce, says: "one shipment", in: "orders",
            "INSERT INTO orders_shipment(order_id, number, status, created_at) SELECT order_id, 2, status, created_at FROM orders_shipment"),
        Case(.effectsOnce, says: "one order for the key") { lab in lab.journal.record("order", "7", ["key": "first"]) },
        Case(.noOrderLost, says: "it is gone", in: "orders", "DELETE FROM orders_order"),
        Case(.noOrderLost, says: "still pending", in: "orders", "UPDATE orders_order SET status = 'pending' WHERE id = 1"),
        Case(.noOrderLost, says: "Order.Cancelled.v1", in: "orders", "UPDATE orders_order SET status = 'cancelled' WHERE id = 1"),
        Case(
            .noMessageLost, says: "neither in the log nor in the outbox", in: "orders",
            """
            INSERT INTO outbox(topic, partition_key, type, subject, time_at, correlation_id, payload) VALUES ('order-events', '1', 'X', '1', 0, '', x'');
            DELETE FROM outbox
            """),
        Case(
            .noMessageLost, says: "still in the outbox", in: "orders",
            "INSERT INTO outbox(topic, partition_key, type, subject, time_at, correlation_id, payload) VALUES ('order-events', '1', 'X', '1', 0, '', x'')"
        ),
        Case(.noDeadLetters, says: "dead letter of catalog") { lab in
            try await lab.publish(id: "odd", type: "Inventory.Reserve.v1", topic: "inventory-commands")
            try await lab.settle()
        },
        Case(
            .sagasTerminate(within: .minutes(5)), says: "it is running", in: "orders", "UPDATE sagas SET status = 'running' WHERE id = '1'"),
        Case(.sagasTerminate(within: .minutes(5)), says: "it took", in: "orders", "UPDATE sagas SET updated_at = updated_at + 86400000000"),
        Case(
            .compensationReversed, says: "has undone nothing", in: "orders",
            "INSERT INTO saga_log(definition, saga_id, at, step, event) VALUES ('checkout', '1', 0, 'reserve stock', 'undone')"),
        Case(
            .compensationReversed, says: "undoes in reverse order", in: "orders",
            """
            UPDATE saga_log SET step = CASE step WHEN 'reserve stock' THEN 'accept order' ELSE 'reserve stock' END
            WHERE saga_id = '2' AND event = 'undone'
            """),
        Case(.projectionEqualsReplay, says: "orders_order", in: "orders", "UPDATE orders_order SET reason_code = 'whim' WHERE id = 1"),
        Case(.figuresEqualLog, says: "orders_placed", in: "analytics", "UPDATE analytics_activity SET orders_placed = 9"),
        Case(
            .notificationsEqualLog, says: "order.confirmed", in: "notifications",
            "DELETE FROM notifications_notification WHERE kind = 'order.confirmed'"),
        Case(
            .paymentsEqualLog, says: "payments authorised", in: "payments", "UPDATE payments_payment SET status = 'declined' WHERE id = 1"),
        Case(
            .revenueEqualsPayments, says: "analytics lacks", in: "analytics",
            "UPDATE analytics_money SET captured_minor = captured_minor + 1"),
        Case(
            .oneOrderPerKey, says: "there are 3", in: "orders",
            """
            INSERT INTO orders_order(id, version, user_id, user_is_number, form, status, total_minor, currency, created_at, updated_at)
            SELECT id + 100, version, user_id, user_is_number, form, status, total_minor, currency, created_at, updated_at
            FROM orders_order WHERE id = 1
            """),
        Case(.commandsAnswered, says: "nothing follows") { lab in
            try await lab.publish(id: "test-1", type: "Payment.Void.v1", topic: "order-events")
        },
        Case(.handledInOrder, says: "had led to") { lab in
            let told = try lab.look { view in try view.messages("order-events").filter { $0.partitionKey == "1" }.map(\.id) }
            try await lab.publish(id: "test-1", type: "Odd.Event.v1", topic: "order-events", because: told[1])
            try await lab.publish(id: "test-2", type: "Odd.Event.v1", topic: "order-events", because: told[0])
        },
        Case(.nobodyGivesUp, says: "gave up") { lab in lab.journal.record(Journal.gaveUp, "ana") },
        Case(
            .contactsMirrorUsers, says: "notifications lacks", in: "notifications",
            "UPDATE notifications_contact SET email = 'x@example.com'"),
        Case(
            .confirmedOrdersHaveGoods, says: "catalog lacks", in: "catalog", "UPDATE products_reservation_line SET quantity = quantity + 1"),
        Case(
            .reservationsLinearizable, says: "on hand", in: "catalog",
            "UPDATE products_inventory SET on_hand = on_hand + 1 WHERE product_id = 1"),
        Case(
            .storesIntact, says: "leads to a row", in: "orders",
            "INSERT INTO orders_shipment(order_id, number, status, created_at) VALUES (99, 1, 'prepared', 0)"),
        Case(
            .storesIntact, says: "file is sound", in: "orders",
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE INDEX orders_order_by_user ON orders_order(status, id)' WHERE name = 'orders_order_by_user'
            """),
        Case(.logIntact, says: "stands in the log once") { lab in
            for _ in 0..<2 { try await lab.publish(id: "echo", type: "Odd.Event.v1", topic: "order-events") }
            try await lab.settle()
        },
    ]

    @Test(arguments: cases) func `an oracle is green on a healthy run and red on a manipulated one`(_ example: Case) async throws {
        // What was tampered with may never come to rest again, so the run ends here.
        await #expect(throws: Enough.self) {
            try await withLab(.marketplace.withoutAccounts, strategy: .fifo, oracles: []) { lab in
                try await twoOrders(lab)
                try lab.check(example.oracle())
                try await example.tamper(lab)
                let violation = #expect(throws: Violation.self) { try lab.check(example.oracle()) }
                #expect(violation?.oracle == example.oracle().name)
                #expect(violation?.description.contains(example.says) == true, "\(String(describing: violation))")
                throw Enough()
            }
        }
    }

    private struct Enough: Error {}

    @Test func `a step oracle stops the run at the commit that broke it`() async throws {
        let oracle = Check("one product at most", at: .commit(of: "catalog")) { view in
            try view.expect(view.number("catalog", "SELECT count(*) FROM products_product") < 2, "one product", "two")
        }
        let failure = await #expect(throws: SimulationFailed.self) {
            try await withLab(.marketplace.withoutAccounts, oracles: [oracle]) { lab in
                for name in ["book", "lamp", "desk"] { try await lab.client.createProduct(name, onHand: 1) }
            }
        }
        guard case .violated(let violation)? = failure?.verdict else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(violation.oracle == "one product at most" && violation.found == "two")
        #expect(violation.event != nil && violation.at?.contains("catalog store.after") == true)
    }

    @Test(arguments: ["orders", "order-service"]) func `a check after a commit finds its service by either name`(_ name: String)
        async throws
    {
        let oracle = Check("no order", at: .commit(of: name)) { view in
            try view.expect(view.number(name, "SELECT count(*) FROM orders_order") == 0, "none", "one")
        }
        let failure = await #expect(throws: SimulationFailed.self) {
            try await withLab(.orderEvents, oracles: [oracle]) { lab in _ = await FaultEffects.order(lab) }
        }
        guard case .violated(let violation)? = failure?.verdict else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(violation.event != nil && violation.at?.contains("order-service store.after") == true, "\(violation)")
    }

    @Test func `oracles that are kept from run to run remember nothing of the run before`() async throws {
        struct Kept: SimulationScenario {
            static let name = "tests.kept"
            let oracles: [any Oracle] = [MonotonicOffsets(every: 1), OutboxKept()]
            var topology: Topology { .orderEvents }
            func workload(_ lab: SimulatedLab) async throws { try await OrderEvents().workload(lab) }
        }
        let scenario = Kept()
        for seed in 1...3 as ClosedRange<UInt64> {
            let report = Simulator.run(scenario, seed: seed)
            #expect(report.verdict == .passed, "seed \(seed): \(report.verdict.detail)")
        }
        try await expectLostOutboxIsNoticed(scenario.oracles[1])
    }

    @Test func `an oracle that cannot look has found something`() async throws {
        try await withLab(.marketplace.withoutAccounts, oracles: []) { lab in
            let violation = #expect(throws: Violation.self) {
                try lab.check(Check("figures") { view in _ = try view.number("orders", "SELECT count(*) FROM no_such_table") })
            }
            #expect(violation?.found.contains("no_such_table") == true)
        }
    }

    @Test func `a restart that changes a row is noticed`() async throws {
        try await withLab(.marketplace.withoutAccounts, oracles: []) { lab in
            try await twoOrders(lab)
            let before = try lab.look { try LabImage(of: $0) }
            try tampered(lab, "users", "UPDATE users_user SET full_name = 'Eve' WHERE id = 1")
            let violation = #expect(throws: Violation.self) {
                try lab.look { try RestartEquivalence().afterRestart(before, $0) }
            }
            #expect(violation?.found.contains("users.users_user") == true && violation?.found.contains("Eve") == true)
            let ignoring = RestartEquivalence(ignoring: ["users_user"])
            try lab.look { try ignoring.afterRestart(before, $0) }
        }
    }

    @Test func `an outbox row that goes before its message is published is noticed`() async throws {
        try await expectLostOutboxIsNoticed(OutboxKept())
    }

    private func expectLostOutboxIsNoticed(_ oracle: any Oracle) async throws {
        let failure = await #expect(throws: SimulationFailed.self) {
            try await withLab(.marketplace.withoutAccounts, oracles: [oracle]) { lab in
                try await lab.client.createProduct("book", onHand: 1)
                try await lab.settle()
                try tampered(
                    lab, "catalog",
                    """
                    INSERT INTO outbox(topic, partition_key, type, subject, time_at, correlation_id, payload)
                    VALUES ('order-events', '1', 'X', '1', 0, '', x'');
                    DELETE FROM outbox
                    """)
                try await lab.client.createProduct("lamp", onHand: 1)
            }
        }
        #expect(failure?.description.contains("are gone") == true, "\(String(describing: failure))")
    }

    @Test func `a position that goes back is noticed, unless the log began anew`() throws {
        let log = FixedLog()
        let view = LabView(history: SimulatedRun(seed: 1).history, journal: Journal(), stores: StoreReaders([]), log: { log })
        let oracle = MonotonicOffsets(every: 1)
        log.committed.withLock { $0 = 5 }
        try oracle.afterSettle(view)
        log.committed.withLock { $0 = 7 }
        try oracle.afterSettle(view)
        log.committed.withLock { $0 = 6 }
        let violation = #expect(throws: Violation.self) { try oracle.afterSettle(view) }
        #expect(violation?.found == "from 7 to 6")
    }
}

/// One order that is confirmed and one that is compensated, at rest.
@discardableResult
func twoOrders(_ lab: SimulatedLab) async throws -> [Int64] {
    try await CheckoutHappy().workload(lab)
    let declined = try await lab.client.placeOrder(by: 1, [PlaceOrderLine(product_id: 1, quantity: 1)], card: Card.declined, key: "second")
    try await lab.settle()
    return [1, declined.id]
}

func tampered(_ lab: SimulatedLab, _ service: String, _ sql: String) throws {
    try DatabaseQueue(path: try lab.database(of: service).path).writeWithoutTransaction { try $0.execute(sql: sql) }
}
