import Contracts

/// What others may know about the analytics service: figures computed from every service's events. It publishes none itself.
public enum AnalyticsAPI: ServiceAPI {
    public static let name = "analytics"
    public static let summary = "Figures over all events: orders, revenue, units, users; each event counted once."

    public static var endpoints: [EndpointDeclaration] {
        [
            analyticsSummary.declaration, timeseries.declaration, topProducts.declaration, funnel.declaration, reset.declaration,
        ]
    }

    public static let analyticsSummary = Endpoint<NoBody, AnalyticsSummary>(
        .get, "/analytics/summary", "getAnalyticsSummary", summary: "The main figures since the beginning.", access: .staff)
    public static let timeseries = Endpoint<NoBody, Timeseries>(
        .get, "/analytics/timeseries", "getAnalyticsTimeseries",
        summary: "One metric over time, by the time of the events, oldest first, empty buckets included. At most 1000 points.",
        access: .staff,
        parameters: [
            .query("metric", .string, "`orders` when absent.", allowed: TimeseriesMetric.allCases.map(\.rawValue)),
            .query("bucket", .string, "`hour` when absent.", allowed: TimeseriesBucket.allCases.map(\.rawValue)),
            .query("from", .string, "RFC 3339; absent: an hour, two days or thirty days before `to`, by bucket."),
            .query("to", .string, "RFC 3339, exclusive; absent: up to now."),
            .query("currency", .string, "For metrics of money; may be left out while there is only one."),
        ])
    public static let topProducts = Endpoint<NoBody, TopProducts>(
        .get, "/analytics/top-products", "getTopProducts", summary: "What was ordered most.", access: .staff,
        parameters: [
            .query("by", .string, "`units` when absent.", allowed: ["units", "revenue"]),
            .query("limit", .integer, "10 when absent, at most 200."),
        ])
    public static let funnel = Endpoint<NoBody, Funnel>(
        .get, "/analytics/funnel", "getAnalyticsFunnel", summary: "How many orders reach each stage, and where the others end.",
        access: .staff)
    public static let reset = Endpoint<NoBody, ResetReport>(
        .post, "/internal/analytics/reset", "resetAnalytics",
        summary:
            "Empties all figures and forgets which events were counted; seek the group `analytics` to the earliest offset to count again.",
        access: .internal)
}
