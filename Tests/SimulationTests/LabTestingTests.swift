import Foundation
import OrdersAPI
import Synchronization
import Testing

@testable import LabTesting
@testable import Simulation

/// The harness as people use it in their own tests.
@Suite struct LabTestingTests {
    @Test(arguments: [1, 7, 42] as [UInt64]) func `a declined card leaves the stock as it was`(_ seed: UInt64) async throws {
        try await withLab(.marketplace.withoutAccounts, seed: seed, oracles: .marketplace) { lab in
            let ana = try await lab.client.register("ana@example.com")
            let book = try await lab.client.createProduct("book", onHand: 1)
            let order = try await lab.client.placeOrder(by: ana.id, [PlaceOrderLine(product_id: book.id, quantity: 1)], card: Card.declined)
            #expect(order.status == .pending)
            try await lab.settle()
            #expect(try await lab.client.order(order.id).status == .rejected)
            #expect(try lab.number("catalog", "SELECT on_hand - reserved FROM products_inventory") == 1)
        }
    }

    @Test func `people log in where there are accounts`() async throws {
        try await withLab(.marketplace.withQuickPasswords) { lab in
            let staff = try await lab.client.logInAsStaff()
            let book = try await staff.createProduct("book", onHand: 2)
            try await lab.client.register("ana@example.com", password: "a good password")
            let ana = try await lab.client.logIn("ana@example.com", password: "a good password")
            let order = try await ana.placeOrder([PlaceOrderLine(product_id: book.id, quantity: 1)])
            try await lab.settle()
            #expect(try await ana.order(order.id).status == .confirmed)
        }
    }

    @Test func `time passes when the test says so`() async throws {
        try await withLab(.marketplace.withoutAccounts) { lab in
            let ana = try await lab.client.register("ana@example.com")
            let book = try await lab.client.createProduct("book", onHand: 1)
            try await lab.settle()
            lab.faults.pause("payments", for: .hours(3))
            let order = try await lab.client.placeOrder(by: ana.id, [PlaceOrderLine(product_id: book.id, quantity: 1)])
            let before = lab.now
            try await lab.advance(by: .minutes(2))
            #expect(lab.now - before >= .minutes(2))
            #expect(try lab.texts("orders", "SELECT status FROM sagas") == [["compensating"]])
            #expect(try await lab.runToNextTimer())
            try await lab.settle()
            #expect(try await lab.client.order(order.id).status == .compensated)
            #expect(lab.now - before >= .hours(3))
        }
    }

    @Test func `what the body throws is thrown, and what it returns is returned`() async throws {
        struct Mine: Error, Equatable {}
        await #expect(throws: Mine.self) { try await withLab(.orderEvents) { _ in throw Mine() } }
        #expect(try await withLab(.orderEvents) { lab in try lab.number("orders", "SELECT 6 * 7") } == 42)
    }

    @Test func `a lab that does not come to rest says what is open and who waits`() async throws {
        let failure = await #expect(throws: SettleFailure.self) {
            try await withLab(.marketplace.withoutAccounts) { lab in
                let ana = try await lab.client.register("ana@example.com")
                let book = try await lab.client.createProduct("book", onHand: 1)
                lab.faults.pause("payments", for: .hours(24))
                _ = try await lab.client.placeOrder(by: ana.id, [PlaceOrderLine(product_id: book.id, quantity: 1)])
                try await lab.settle(within: .hours(1))
            }
        }
        #expect(failure?.open.contains { $0.contains("saga") } == true, "\(String(describing: failure))")
    }

    @Test func `a kept tape is replayed by the name of its scenario`() async throws {
        let report = Simulator.run(CheckoutHappy(), seed: 3)
        let replayed = try await expectReplay(report.tape)
        #expect(replayed.digest == report.digest)
        await #expect(throws: UnknownScenario.self) { try await expectReplay(Tape(scenario: "no.such", seed: 1)) }
    }

    @Test(arguments: [Ordering.Twist.traps, .blocks])
    func `a kept tape whose run ends or blocks its process is an issue, not the end of the tests`(_ twist: Ordering.Twist) async throws {
        let tape = Tape(scenario: Ordering.name, seed: 1, oracle: twist == .traps ? "trapped" : "hung")
        try await withKnownIssue {
            let report = try await expectReplay(tape, among: [Ordering(twist: twist)])
            #expect(report.verdict.kind == tape.oracle)
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("failed: \(tape.oracle!)") }
        }
    }

    @Test func `a tape is looked into at an event`() throws {
        let tape = Simulator.run(CheckoutHappy(), seed: 3, strategy: .fifo).tape
        func orders(at event: Int) throws -> String {
            try look(into: tape, of: CheckoutHappy(), at: event) {
                try $0.sql("orders", "SELECT count(*) AS n FROM orders_order").description
            }
        }
        #expect(try orders(at: 20) == "n\n0")
        #expect(try orders(at: 150) == "n\n1")
        #expect(throws: NoSuchEvent.self) { try orders(at: 100_000) }
    }

    @Test func `tapes are found beside the manifest, by the beginning of their scenario's name`() throws {
        #expect(Tapes.folder().path.hasSuffix("Fixtures/tapes"))
        #expect(Tapes.named("no.such.scenario").isEmpty)
        let package = try TemporaryFolder("package")
        defer { package.remove() }
        try Data().write(to: package.url.appendingPathComponent("Package.swift"))
        let tapes = package.url.appendingPathComponent("Fixtures/tapes")
        for (file, scenario, seed) in [
            ("b.json", "checkout", 2), ("a.json", "checkout.chaos", 1), ("c.json", "checkouts", 3), ("d.json", "other.checkout", 4),
            ("e.txt", "checkout", 5),
        ] { try Tape(scenario: scenario, seed: UInt64(seed)).write(to: tapes.appendingPathComponent(file)) }
        let source = package.url.appendingPathComponent("Tests/ShopTests/Shop.swift").path
        #expect(Tapes.folder(of: source).path == tapes.path)
        #expect(Tapes.named("checkout", of: source).map(\.seed) == [1, 2])
        #expect(Tapes.named("checkout.chaos", of: source).map(\.seed) == [1])
    }

    @Test func `a failure that does not come again, and a tape that cannot be written, do not hide the story`() throws {
        let choices = [Choice(.workload, "customers", index: 0, arity: 3, value: 1)]
        let violation = Violation(oracle: "no order lost", expected: "order 1", found: "none")
        var report = Simulator.run(OrderEvents(), seed: 1, strategy: .fifo)
        report.verdict = .violated(violation)
        report.tape.choices = choices
        report.drawnBy = nil
        let text = try FailureStory(
            report, of: OrderEvents(), coverage: Coverage([report]), mode: .workers(1), secondsMax: 5,
            tapes: URL(fileURLWithPath: "/dev/null/tapes")
        ).text
        for part in ["no order lost", "not shrunk: the tape does not show", "could not be written", "\"entity\":\"customers\""] {
            #expect(text.contains(part), "\(part) in\n\(text)")
        }
    }

    @Test func `a failing scenario is told as a story with its replay and keep lines`() async throws {
        struct Wrong: SimulationScenario {
            static let name = "wrong"
            var topology: Topology { .orderEvents }
            var oracles: [any Oracle] {
                [Check("nobody orders") { try $0.expect($0.number("orders", "SELECT count(*) FROM orders_order") == 0, "no order", "one") }]
            }
            func workload(_ lab: SimulatedLab) async throws { try await OrderEvents().workload(lab) }
        }
        try await withKnownIssue {
            try await expectSimulation(Wrong(), budget: .seeds(1...2), shrinksFor: 5)
        } matching: { issue in
            let text = issue.comments.map(\.rawValue).joined()
            return text.contains("nobody orders") && text.contains("expectReplay(Tape.read(") && text.contains("Fixtures/tapes/")
        }
    }

    @Test func `a deterministic scenario passes the check`() async throws {
        try await expectDeterministic(OrderEvents(), seeds: 1...2)
    }
}
