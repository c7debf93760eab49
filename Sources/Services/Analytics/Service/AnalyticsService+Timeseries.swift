import AnalyticsAPI
import Contracts
import GRDB
import Runtime
import ServiceKit
import Storage

extension AnalyticsService {
    private static let pointsMax = 1_000

    func timeseries(_ request: Request<NoBody>) async throws -> Timeseries {
        let metric: TimeseriesMetric = try Self.choice(request, "metric", default: .orders)
        let bucket: TimeseriesBucket = try Self.choice(request, "bucket", default: .hour)
        let end =
            try Self.time(request, "to").map { Self.bucketNumber(of: Timestamp(microseconds: $0.microseconds - 1), bucket) + 1 }
            ?? Self.bucketNumber(of: world.now, bucket) + 1
        let start = try Self.time(request, "from").map { Self.bucketNumber(of: $0, bucket) } ?? end - Self.usualPoints(bucket)
        guard start < end else { throw Problem.badRequest("from must lie before to.") }
        guard end - start <= Self.pointsMax else {
            throw Problem.badRequest(
                "This would be \(end - start) points; at most \(Self.pointsMax) are possible. Use a larger bucket or a shorter time.")
        }
        let wantedCurrency = request.query("currency")
        return try store.read { db in
            let currency = metric.isMoney ? try Self.currency(wantedCurrency, in: db) : nil
            var values = [Int64: Int64]()
            if !metric.isMoney || currency != nil {
                let (column, table) = source(of: metric, activity: try ActivityTotals.fetch(in: db))
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT bucket / ?1 AS number, sum(\(column)) FROM \(table)
                        WHERE bucket >= max(1, ?2) AND bucket < ?3 \(currency == nil ? "" : "AND currency = ?4") GROUP BY number
                        """,
                    arguments: [bucket.minutes, start * bucket.minutes, end * bucket.minutes] + (currency.map { [$0] } ?? []))
                for row in rows { values[row[0]] = row[1] }
            }
            return Timeseries(
                metric: metric, bucket: bucket, currency: currency,
                points: (start..<end).map { number in
                    let value = values[number] ?? 0
                    return Timeseries.Point(
                        start: Timestamp(seconds: number * bucket.minutes * 60), value: value,
                        amount: currency.map { Self.decimal(value, $0) })
                })
        }
    }

    private nonisolated func source(of metric: TimeseriesMetric, activity: ActivityTotals) -> (column: String, table: String) {
        switch metric {
        case .events: ("events", AnalyticsTables.live.activity)
        case .orders: ("orders_placed", AnalyticsTables.live.activity)
        case .confirmed: ("orders_confirmed", AnalyticsTables.live.activity)
        case .rejected: ("orders_rejected", AnalyticsTables.live.activity)
        case .cancelled: ("orders_cancelled", AnalyticsTables.live.activity)
        case .shipped: ("orders_shipped", AnalyticsTables.live.activity)
        case .delivered: ("orders_delivered", AnalyticsTables.live.activity)
        case .units: ("units", AnalyticsTables.live.activity)
        case .users: ("users_registered", AnalyticsTables.live.activity)
        case .notifications: ("notifications_sent", AnalyticsTables.live.activity)
        case .order_value: ("placed_minor", AnalyticsTables.live.money)
        case .revenue:
            switch revenueSource(activity) {
            case .payments: ("captured_minor - refunded_minor", AnalyticsTables.live.money)
            case .orders: ("confirmed_minor", AnalyticsTables.live.money)
            }
        }
    }

    /// An hour, two days, thirty days.
    private static func usualPoints(_ bucket: TimeseriesBucket) -> Int64 {
        switch bucket {
        case .minute: 60
        case .hour: 48
        case .day: 30
        }
    }

    private static func bucketNumber(of time: Timestamp, _ bucket: TimeseriesBucket) -> Int64 {
        AnalyticsProjection.minute(of: time) / bucket.minutes
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ request: Request<NoBody>, _ name: String, default usual: Choice
    ) throws -> Choice where Choice.RawValue == String {
        guard let text = request.query(name) else { return usual }
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("There is no \(name) \"\(text)\"; use one of \(choices).")
        }
        return choice
    }

    private static func time(_ request: Request<NoBody>, _ name: String) throws -> Timestamp? {
        guard let text = request.query(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw Problem.badRequest("\(name) must be an RFC 3339 time such as 2026-01-31T12:00:00Z, not \"\(text)\".")
        }
        return time
    }

    /// The one asked for, or the only one there is; nil before any money has moved.
    private static func currency(_ wanted: String?, in db: Database) throws -> String? {
        if let wanted { return wanted }
        let known = try String.fetchAll(
            db, sql: "SELECT currency FROM \(AnalyticsTables.live.money) WHERE bucket = 0 ORDER BY currency")
        guard known.count < 2 else {
            throw Problem.badRequest(
                "There are several currencies; add ?currency= one of \(known.joined(separator: ", ")).", code: "currency_required")
        }
        return known.first
    }
}
