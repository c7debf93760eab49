/// The HTTP methods that endpoints use.
public enum HTTPVerb: String, Sendable, Hashable, Codable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Sending the request twice has the effect of sending it once (RFC 9110, section 9.2.2), so a client may try again.
    public var isIdempotent: Bool {
        switch self {
        case .get, .put, .delete: true
        case .post, .patch: false
        }
    }
}
