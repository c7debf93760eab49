import OrdersAPI
import Telemetry

/// Business numbers for `/metrics`: counted after COMMIT, so that an undone write counts nothing.
struct OrderMetrics: Sendable {
    private let placedTotal: MetricCounter
    private let reachedTotal: [OrderStatus: MetricCounter]

    init(_ registry: MetricRegistry) {
        placedTotal = registry.counter("orders_placed_total", "Orders accepted.")
        var counters = [OrderStatus: MetricCounter]()
        for status in OrderStatus.allCases where status != .pending {
            counters[status] = registry.counter(
                "orders_reached_total", "Orders that reached a status.", labels: ["status": status.rawValue])
        }
        reachedTotal = counters
    }

    func placed() { placedTotal.increment() }
    func reached(_ status: OrderStatus) { reachedTotal[status]?.increment() }
}
