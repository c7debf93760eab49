import AnalyticsAPI
@testable import AnalyticsService
import CatalogAPI
import Foundation
import GRDB
import Messaging
import NotificationsAPI
import OrdersAPI
import PaymentsAPI
import Reliability
import Runtime
import Storage
import Testing
import UsersAPI

@Suite struct AnalyticsTests {
    @Test func `each event is counted once, however often it is delivered`() throws {
        let history = AnalyticsHistory(seed: 11, orders: 40)
        let once = try AnalyticsFixture.run { lab in
            try await lab.consume(history.messages)
            return try await lab.tables()
        }
        let often = try AnalyticsFixture.run { lab in
            try await lab.consume(history.messages + history.messages.shuffled(with: RandomStream(seed: 12)))
            try await lab.consume(history.messages.reversed())
            return try await lab.tables()
        }
        #expect(once == often)
        #expect(once[AnalyticsTables.live.activity]?.isEmpty == false)
    }

    @Test func `the totals are those of the history`() throws {
        let history = AnalyticsHistory(seed: 3, orders: 60)
        try AnalyticsFixture.run { lab in
            try await lab.consume(history.messages)
            let totals = try await lab.read { try ActivityTotals.fetch(in: $0) }
            #expect(totals.events == history.messages.count)
            #expect(totals.orders_placed == 60)
            #expect(totals.ordersByStatus == history.statuses)
            #expect(totals.lastEventAt == history.messages.map(\.time).max())
            let money = try await lab.read { db in try MoneyTotals.fetch(in: db).map { [$0.currency: $0.revenue(.payments) ?? 0] } }
            #expect(
                money.reduce(into: [:]) { $0.merge($1) { a, _ in a } }.filter { $0.value != 0 }
                    == history.revenueMinor.filter { $0.value != 0 })
            let units = try await lab.read { db in try ItemTotals.fetch(orderedBy: "units", limit: 100, in: db).reduce(0) { $0 + $1.units }
            }
            #expect(units == history.units)
        }
    }

    @Test(arguments: 1...8) func `a replay in any order gives equal tables`(_ round: Int) throws {
        let seed = UInt64(round) &* 0x9E37_79B9
        print("analytics replay: seed \(seed)")
        let history = AnalyticsHistory(seed: seed, orders: 5 * round)
        try AnalyticsFixture.run(seed: seed) { lab in
            try await lab.consume(history.messages)
            let replay = history.messages.shuffled(with: RandomStream(seed: seed ^ 1)) + history.messages.prefix(3)
            let report = try await lab.rebuild(replay, pageMax: 7)
            #expect(report.differences == [])
            #expect(report.messages == history.messages.count && report.duplicates == 3 && !report.wasDisturbed)
        }
    }

    @Test func `a rebuild shows what the live tables have wrong, and repairs it on request`() throws {
        let history = AnalyticsHistory(seed: 5, orders: 20)
        try AnalyticsFixture.run { lab in
            try await lab.consume(history.messages)
            let right = try await lab.tables()
            try await lab.write { try $0.db.execute(sql: "UPDATE analytics_item SET units = units + 1") }
            let found = try await lab.rebuild(history.messages)
            #expect(found.differences.map(\.table) == [AnalyticsTables.live.item] && !found.wasReplaced)
            #expect(try await lab.rebuild(history.messages, replacing: true).wasReplaced)
            #expect(try await lab.tables() == right)
        }
    }

    @Test func `messages that a rebuild has counted are not counted again when they arrive`() throws {
        let history = AnalyticsHistory(seed: 6, orders: 20)
        try AnalyticsFixture.run { lab in
            try await lab.consume(Array(history.messages.prefix(10)))
            let report = try await lab.rebuild(history.messages, replacing: true)
            #expect(!report.isEqual && report.wasReplaced)
            try await lab.consume(history.messages)
            #expect(try await lab.rebuild(history.messages).isEqual)
        }
    }

    @Test func `a malformed event is refused and counts nothing`() throws {
        try AnalyticsFixture.run { lab in
            var message = AnalyticsHistory(seed: 1, orders: 1).messages.first { $0.type == OrdersAPI.placed.name }!
            message.payload = Data("{}".utf8)
            let malformed = message
            await #expect(throws: BusError.self) {
                try await lab.write { try AnalyticsProjection.live.apply(malformed, in: $0.db) }
            }
            let totals = try await lab.read { try ActivityTotals.fetch(in: $0) }
            #expect(totals.events == 0)
        }
    }

    @Test(
        arguments: [
            (1, 2, 1), (1, 3, 0), (3, 2, 2), (5, 10, 1), (4, 10, 0), (.max, 1, .max), (.max, 2, .max / 2 + 1), (.max, .max, 1), (0, 7, 0),
        ] as [(Int64, Int64, Int64)]) func `an average is rounded half up, whatever its sum`(sum: Int64, orders: Int64, average: Int64)
    {
        let money = MoneyTotals(currency: "AED", confirmedMinor: sum, confirmedOrders: orders, capturedMinor: 0, refundedMinor: 0)
        #expect(money.averageConfirmed == average)
    }

    @Test func `without payments, revenue is what confirmed orders come to`() throws {
        let placed = OrderPlaced(
            order_id: 1, user_id: "u1", lines: [OrderedLine(item: "book", quantity: 2, unit_minor: 0)], total_minor: 0, currency: "USD",
            placed_at: .epoch)
        let plain = OrderConfirmed(order_id: 2, user_id: "u1", total_minor: 500, currency: "EUR")
        try AnalyticsFixture.run { lab in
            try await lab.consume([
                try AnalyticsHistory.message(OrdersAPI.placed, placed, 1, at: 60),
                try AnalyticsHistory.message(OrdersAPI.confirmed, plain, 2, at: 120),
            ])
            let money = try await lab.read { try MoneyTotals.fetch(in: $0) }
            #expect(money.map(\.currency) == ["EUR"], "an order without a price makes no currency appear")
            #expect(money.first?.revenue(.orders) == 500 && money.first?.averageConfirmed == 500)
            #expect(try await lab.read { try !ActivityTotals.fetch(in: $0).hasPayments })
            #expect(try await lab.read { try ItemTotals.fetch(orderedBy: "units", limit: 5, in: $0).map(\.label) } == ["book"])
        }
    }
}
