import Contracts

/// The query part of a request's target: `name=value&name=value`, percent-encoded, `+` for a blank.
public enum QueryString {
    /// The first value of `name`, decoded; nil when it is absent or empty.
    public static func value(of name: String, in query: String) -> String? {
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard PercentEncoding.decode(Substring(parts[0]), plusIsBlank: true) == name else { continue }
            let value = parts.count == 2 ? PercentEncoding.decode(Substring(parts[1]), plusIsBlank: true) : ""
            return value.isEmpty ? nil : value
        }
        return nil
    }

    /// Nil without values. In the order of the names, so that equal values give equal queries.
    public static func make(_ values: [String: String]) -> String? {
        values.isEmpty
            ? nil
            : values.sorted { $0.key < $1.key }.map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }
                .joined(separator: "&")
    }
}
