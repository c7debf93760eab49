import Contracts
import Runtime
import ServiceKit
import Testing

@testable import GatewayService

/// The gateway's decisions, one by one, without a service behind it.
@Suite struct GatewayRulesTests {
    static let table = GatewayRouteTable([
        GatewayRoute(prefix: "/api/v1/orders", service: "orders"),
        GatewayRoute(prefix: "/api/v1/users", service: "users"),
        GatewayRoute(prefix: "/users", service: "users", strip: true),
        GatewayRoute(prefix: "/users/archive/", service: "archive", strip: true),
    ])

    @Test func `the longest prefix of whole segments wins`() {
        #expect(Self.table.match("/users/archive/7") == .init(service: "archive", path: "/7"))
        #expect(Self.table.match("/users/archived") == .init(service: "users", path: "/archived"))
        #expect(Self.table.match("/api/v1/orders/7") == .init(service: "orders", path: "/api/v1/orders/7"))
        #expect(Self.table.match("/users") == .init(service: "users", path: "/"))
        #expect(Self.table.match("/usersandmore") == nil)
    }

    @Test func `a service's path is shown to clients in its canonical form`() {
        #expect(Self.table.outsidePath(of: "/users/{id}", service: "users") == "/api/v1/users/{id}")
        #expect(Self.table.outsidePath(of: "/auth/login", service: "users") == "/users/api/v1/auth/login")
        #expect(Self.table.outsidePath(of: "/payments", service: "payments") == nil)
    }

    @Test(arguments: [
        "/internal/users/1", "/INTERNAL/users/1", "//internal//users", "/api/internal/x", "/api/v1/internal/x", "/%69nternal/users/1",
        "/%2569nternal/users/1", "/api//v1//internal", "/internal",
    ])
    func `internal paths are recognised however they are written`(path: String) {
        #expect(InternalPath.isInternal(path))
    }

    @Test(arguments: ["/users/1/settings/internal", "/internals", "/api/v1/orders", "/", ""])
    func `a path that only has the word in it is not internal`(path: String) {
        #expect(!InternalPath.isInternal(path))
    }

    @Test(arguments: ["/a/../internal", "/./internal", "/a/%2e%2e/internal", "/a/..%2finternal", "/a\\internal"])
    func `paths that go up are recognised`(path: String) {
        #expect(InternalPath.hasDotSegments(path))
        #expect(!InternalPath.hasDotSegments("/.well-known/jwks.json"))
    }

    @Test func `a bucket gives what it holds and fills with time`() {
        let limiter = RateLimiter(perSecond: 2, burst: 3)
        let start = Timestamp(seconds: 1_000)
        #expect((0..<3).allSatisfy { _ in limiter.take("ada", now: start).isAllowed })
        let refused = limiter.take("ada", now: start)
        #expect(!refused.isAllowed && refused.reset > .milliseconds(400) && refused.reset <= .milliseconds(501))
        #expect(limiter.take("bob", now: start).isAllowed)
        #expect(limiter.take("ada", now: start + .milliseconds(501)).isAllowed)
    }

    @Test func `dates of headers have the form of RFC 9110`() {
        #expect(HTTPDate.format(Timestamp(rfc3339: "1994-11-06T08:49:37Z")!) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}
