import AnalyticsAPI
import Commerce
import Contracts
import GRDB
import Runtime
import ServiceKit
import Storage

/// Reading the figures: totals come from one row each.
extension AnalyticsService {
    /// Most entries of `units_by_item`; the most ordered ones are shown.
    private static let itemsMax = 1_000

    func summary(_ request: Request<NoBody>) async throws -> AnalyticsSummary {
        try store.read { db in
            let activity = try ActivityTotals.fetch(in: db)
            let source = revenueSource(activity)
            var revenue = [String: String]()
            var average = [String: String]()
            for money in try MoneyTotals.fetch(in: db) {
                revenue[money.currency] = money.revenue(source).map { Self.decimal($0, money.currency) }
                average[money.currency] = money.averageConfirmed.map { Self.decimal($0, money.currency) }
            }
            var units = [String: Int]()
            for item in try ItemTotals.fetch(orderedBy: "units", limit: Self.itemsMax, in: db) {
                units[item.label, default: 0] += item.units
            }
            return AnalyticsSummary(
                orders_total: activity.orders_placed, orders_by_status: activity.ordersByStatus, revenue: revenue, revenue_from: source,
                units_by_item: units, average_order_value: average, users: activity.users_registered,
                notifications: activity.notifications_sent, notifications_failed: activity.notifications_failed,
                events_consumed: activity.events, last_event_at: activity.lastEventAt)
        }
    }

    func topProducts(_ request: Request<NoBody>) async throws -> TopProducts {
        let by = request.query("by") ?? "units"
        guard by == "units" || by == "revenue" else { throw Problem.badRequest("by must be units or revenue, not \"\(by)\".") }
        let limit = try request.queryInt("limit", default: 10, in: 1...200)
        let items = try store.read { try ItemTotals.fetch(orderedBy: by, limit: limit, in: $0) }
        return TopProducts(
            by: by,
            items: items.map { item in
                TopProducts.Item(
                    item: item.label, product_id: item.productID, units: item.units, orders: item.lines,
                    revenue: item.valueMinor == 0 ? [:] : [item.currency: Self.decimal(item.valueMinor, item.currency)])
            })
    }

    func funnel(_ request: Request<NoBody>) async throws -> Funnel {
        let totals = try store.read { try ActivityTotals.fetch(in: $0) }
        func stage(_ name: String, _ orders: Int) -> Funnel.Stage {
            let share = totals.orders_placed == 0 ? 0 : Double(orders) / Double(totals.orders_placed)
            return Funnel.Stage(stage: name, orders: orders, share: (share * 10_000).rounded() / 10_000)
        }
        var stages = [stage("placed", totals.orders_placed)]
        if totals.hasPayments { stages.append(stage("authorized", totals.payments_authorized)) }
        stages.append(stage("confirmed", totals.orders_confirmed))
        if totals.hasPayments { stages.append(stage("captured", totals.payments_captured)) }
        stages += [stage("shipped", totals.orders_shipped), stage("delivered", totals.orders_delivered)]
        return Funnel(stages: stages, exits: [stage("rejected", totals.orders_rejected), stage("cancelled", totals.orders_cancelled)])
    }

    func reset(_ request: Request<NoBody>) async throws -> ResetReport {
        try await store.write(cause: request.cause) { tx in
            let forgotten = try ActivityTotals.fetch(in: tx.db).events
            for table in AnalyticsTables.live.all { try tx.db.execute(sql: "DELETE FROM \(table)") }
            try tx.db.execute(sql: "DELETE FROM inbox WHERE consumer_group = ?", arguments: [Self.group])
            return ResetReport(events_forgotten: forgotten)
        }
    }

    nonisolated func revenueSource(_ activity: ActivityTotals) -> RevenueSource {
        revenueFrom ?? (activity.hasPayments ? .payments : .orders)
    }

    /// A currency that is not in ISO 4217 (no service accepts one) is shown in minor units.
    static func decimal(_ minorUnits: Int64, _ code: String) -> String {
        Currency(code).map { Money(minorUnits: minorUnits, currency: $0).decimal } ?? String(minorUnits)
    }
}
