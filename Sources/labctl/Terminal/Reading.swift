import Foundation
import Runtime

/// Words for figures.
enum Reading {
    /// `2h 05m`, `3m 10s`, `4s` since a time in RFC 3339.
    static func age(since time: String) -> String {
        guard let start = Timestamp(rfc3339: time) else { return time }
        let seconds = max(0, Int64(Date().timeIntervalSince1970) - start.secondsSinceEpoch)
        if seconds >= 86_400 { return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h" }
        if seconds >= 3600 { return "\(seconds / 3600)h \(String(format: "%02d", seconds % 3600 / 60))m" }
        if seconds >= 60 { return "\(seconds / 60)m \(String(format: "%02d", seconds % 60))s" }
        return "\(seconds)s"
    }

    /// Date and time of day (UTC) to the second: `2026-01-31 10:00:00`.
    static func moment(_ time: String) -> String {
        guard time.count >= 19, let t = time.firstIndex(of: "T") else { return time }
        return "\(time[..<t]) \(time[time.index(after: t)...].prefix(8))"
    }

    /// From one time in RFC 3339 to another: `340 µs`, `13 ms`, `2.5 s`, `3m 10s`.
    static func span(_ start: String, _ end: String) -> String {
        guard let start = Timestamp(rfc3339: start), let end = Timestamp(rfc3339: end) else { return "" }
        let microseconds = (end - start).microseconds
        if microseconds < 1000 { return "\(microseconds) µs" }
        if microseconds < 1_000_000 { return "\(microseconds / 1000) ms" }
        if microseconds < 60_000_000 { return String(format: "%.1f s", Double(microseconds) / 1_000_000) }
        return "\(microseconds / 60_000_000)m \(String(format: "%02d", microseconds / 1_000_000 % 60))s"
    }

    /// The time of day of an RFC 3339 time, to the millisecond.
    static func clock(_ time: String) -> String {
        guard let t = time.firstIndex(of: "T") else { return time }
        return String(time[time.index(after: t)...].prefix { $0 != "Z" }.prefix(12))
    }

    static func milliseconds(_ value: Double) -> String { String(format: "%.0f ms", value) }
}
