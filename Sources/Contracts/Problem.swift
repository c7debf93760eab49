/// An error answer: `application/problem+json` (RFC 9457) with a stable `code` that programs may compare.
///
/// Handlers throw it; clients of other services catch it. The text must be fit for strangers: no SQL, no file paths, no type names.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// A URN made from the code; does not resolve to a page.
    public var type: String
    public var title: String
    public var status: Int
    /// Lower case with underscores: `idempotency_key_reused`.
    public var code: String
    /// What happened to this request, and what to do about it.
    public var detail: String?
    public var errors: [FieldError]?
    /// The path of the request, filled in by ServiceKit.
    public var instance: String?
    /// Identifies the request in the logs, filled in by ServiceKit.
    public var request_id: String?
    /// Headers that belong to the answer, such as `Retry-After`. Not part of the body.
    public var headers: [String: String]

    public init(
        status: Int, code: String, title: String? = nil, detail: String? = nil, errors: [FieldError]? = nil, headers: [String: String] = [:]
    ) {
        type = "urn:servicelab:problem:\(code)"
        self.title = title ?? Self.phrase(of: status)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    public static let contentType = "application/problem+json"

    public var description: String {
        var text = "\(status) \(code)"
        if let detail { text += ": \(detail)" }
        for error in errors ?? [] { text += "; \(error.field): \(error.message)" }
        return text
    }

    /// Whether the same request may succeed later without a change.
    public var isTransient: Bool { status == 429 || status == 502 || status == 503 || status == 504 }

    /// The reason phrase of a status (RFC 9110, section 15).
    public static func phrase(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 507: "Insufficient Storage"
        default: "Status \(status)"
        }
    }
}

extension Problem: Codable {
    private enum CodingKeys: String, CodingKey { case type, title, status, code, detail, errors, instance, request_id }

    /// Reads a problem of any origin: a missing code becomes `unknown`, a missing title the status's phrase.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        status = try container.decode(Int.self, forKey: .status)
        code = try container.decodeIfPresent(String.self, forKey: .code) ?? "unknown"
        type = try container.decodeIfPresent(String.self, forKey: .type) ?? "about:blank"
        title = try container.decodeIfPresent(String.self, forKey: .title) ?? Self.phrase(of: status)
        detail = try container.decodeIfPresent(String.self, forKey: .detail)
        errors = try container.decodeIfPresent([FieldError].self, forKey: .errors)
        instance = try container.decodeIfPresent(String.self, forKey: .instance)
        request_id = try container.decodeIfPresent(String.self, forKey: .request_id)
        headers = [:]
    }
}
