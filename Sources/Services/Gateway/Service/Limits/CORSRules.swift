import Contracts
import ServiceKit

/// Which web pages may call the gateway (WHATWG Fetch, CORS protocol).
///
/// Setting `cors_origins`: origins between commas, `*` for all of them, empty for none. The default allows pages of this machine
/// (`http://localhost` and `http://127.0.0.1` with any port). Cookies are never allowed: the lab's clients send bearer tokens.
struct CORSRules: Sendable {
    private let origins: Set<String>
    private let allowsAll: Bool
    private let allowsLocal: Bool

    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    private static let requestHeaders =
        "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-ID, traceparent, Cache-Control"
    private static let exposedHeaders =
        "ETag, Location, X-Request-ID, X-Cache, Retry-After, RateLimit-Limit, "
        + "RateLimit-Remaining, RateLimit-Reset, Idempotency-Replayed, Deprecation, Sunset"

    init(settings: Settings) {
        let list = settings.optionalString("cors_origins").map { text in
            text.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }.filter { !$0.isEmpty }
        }
        allowsLocal = list == nil
        allowsAll = list?.contains("*") ?? false
        origins = Set(list ?? [])
    }

    /// The answer to a preflight; nil when the request is none.
    func preflight(_ request: RawRequest) -> RawReply? {
        guard Self.isPreflight(request), let origin = request.headers["Origin"] else { return nil }
        var reply = RawReply(status: 204)
        reply.headers.add("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        guard allows(origin) else { return reply }
        reply.headers.add("Access-Control-Allow-Origin", allowsAll ? "*" : origin)
        reply.headers.add("Access-Control-Allow-Methods", Self.methods)
        reply.headers.add("Access-Control-Allow-Headers", Self.requestHeaders)
        reply.headers.add("Access-Control-Max-Age", "600")
        return reply
    }

    private static func isPreflight(_ request: RawRequest) -> Bool {
        request.method == "OPTIONS" && request.headers["Origin"] != nil && request.headers["Access-Control-Request-Method"] != nil
    }

    /// Says on an answer whether the page that asks may read it. Nothing for requests of other programs, and for preflights, whose
    /// answers say it already.
    func mark(_ reply: inout RawReply, of request: RawRequest) {
        guard let origin = request.headers["Origin"], !Self.isPreflight(request) else { return }
        if !allowsAll { reply.headers.add("Vary", "Origin") }
        guard allows(origin) else { return }
        reply.headers.add("Access-Control-Allow-Origin", allowsAll ? "*" : origin)
        reply.headers.add("Access-Control-Expose-Headers", Self.exposedHeaders)
    }

    private func allows(_ origin: String) -> Bool {
        if allowsAll || origins.contains(origin) { return true }
        guard allowsLocal else { return false }
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            let host = origin.dropFirst(scheme.count).prefix { $0 != ":" }
            return host == "localhost" || host == "127.0.0.1" || origin.dropFirst(scheme.count).hasPrefix("[::1]")
        }
        return false
    }
}
