/// A declared parameter of an endpoint: part of the path, of the query, or a header.
///
///     parameters: [.path("id", .integer, "the order's number"), .query("limit", .integer, "items per page, at most 200")]
public struct Parameter: Sendable, Hashable {
    public enum Place: String, Sendable, Hashable { case path, query, header }
    public enum Kind: String, Sendable, Hashable { case string, integer, number, boolean }

    public let place: Place
    public let name: String
    public let kind: Kind
    public let summary: String
    public let isRequired: Bool
    /// The only values that make sense; empty when any does.
    public let allowed: [String]

    public init(_ place: Place, _ name: String, _ kind: Kind, _ summary: String, isRequired: Bool = false, allowed: [String] = []) {
        self.place = place
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = place == .path || isRequired
        self.allowed = allowed
    }

    public static func path(_ name: String, _ kind: Kind = .string, _ summary: String = "") -> Parameter {
        Parameter(.path, name, kind, summary)
    }

    public static func query(
        _ name: String, _ kind: Kind = .string, _ summary: String = "", required: Bool = false, allowed: [String] = []
    ) -> Parameter {
        Parameter(.query, name, kind, summary, isRequired: required, allowed: allowed)
    }

    public static func header(_ name: String, _ kind: Kind = .string, _ summary: String = "", required: Bool = false) -> Parameter {
        Parameter(.header, name, kind, summary, isRequired: required)
    }

    /// The two parameters of every list.
    public static let paging: [Parameter] = [
        .query("limit", .integer, "Items per page; 50 when absent, at most 200."),
        .query("cursor", .string, "Where the next page begins: `next_cursor` of the page before."),
    ]
}
