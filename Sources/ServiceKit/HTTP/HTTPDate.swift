import Runtime

/// The date format of HTTP header fields (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Fractions of a second are left out.
    public static func format(_ time: Timestamp) -> String {
        let parts = time.rfc3339.prefix(19).split { "-T:".contains($0) }  // YYYY-MM-DDTHH:MM:SS
        // 1970-01-01 was a Thursday.
        let day = Int(time.secondsSinceEpoch / 86_400)
        let name = days[((day % 7) + 7) % 7]
        return "\(name), \(parts[2]) \(months[(Int(parts[1]) ?? 1) - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}
