import Contracts
import Foundation
import Runtime
import ServiceKit
import Testing
import UsersAPI

@Suite struct GatewayTests {
    @Test func `identity headers from outside never reach a service`() throws {
        try SimulatedRun(seed: 1).execute { world in
            let lab = try await GatewayFixture.start(world)
            let forged: Headers = ["x-user-id": "1", "X-USER-ROLES": "staff"]
            _ = try await lab.send(.get, "/shop/mine", headers: forged)
            let anonymous = try #require(lab.shop.requests.last)
            #expect(anonymous.headers["X-User-ID"] == nil && anonymous.headers["X-User-Roles"] == nil && anonymous.principal == nil)

            let user = try await lab.register("ada@example.com")
            let token = try await lab.logIn("ada@example.com").access_token
            _ = try await lab.send(.get, "/shop/mine", token: token, headers: forged)
            let known = try #require(lab.shop.requests.last)
            #expect(known.headers.values(of: "X-User-ID") == [String(user.id)] && known.headers.values(of: "X-User-Roles") == ["buyer"])
            #expect(known.path == "/mine" && known.headers["X-Request-ID"] != nil && known.headers["traceparent"] != nil)
        }
    }

    @Test func `internal endpoints do not exist outside`() throws {
        try SimulatedRun(seed: 2).execute { world in
            let lab = try await GatewayFixture.start(world)
            _ = try await lab.register("ada@example.com")
            for path in [
                "/users/internal/users/1", "/internal/users/1", "/users//api/v1/%69nternal/users/1", "/shop/../users/internal/users/1",
            ] {
                let reply = try await lab.send(.get, path)
                #expect(reply.status == 404 && reply.code == "internal_endpoint", "\(path): \(reply.code ?? "-")")
            }
        }
    }

    @Test func `who asks too often is told to wait`() throws {
        try SimulatedRun(seed: 3).execute { world in
            let lab = try await GatewayFixture.start(world, gateway: ["rate_limit": "1", "rate_limit_burst": "2", "cache_ttl": "0s"])
            let first = try await lab.send(.get, "/shop/things/1")
            #expect(first.status == 200 && first.headers["RateLimit-Limit"] == "2" && first.headers["RateLimit-Remaining"] == "1")
            _ = try await lab.send(.get, "/shop/things/1")
            let third = try await lab.send(.get, "/shop/things/1")
            #expect(third.status == 429 && third.code == "rate_limited" && third.headers["Retry-After"] == "1")
            try await world.sleep(for: .seconds(2))
            #expect(try await lab.send(.get, "/shop/things/1").status == 200)
        }
    }

    @Test func `a public read is kept for a moment, until the service is changed through the gateway`() throws {
        try SimulatedRun(seed: 4).execute { world in
            let lab = try await GatewayFixture.start(world)
            func read(_ headers: Headers = Headers()) async throws -> (cache: String?, answer: Int?) {
                let reply = try await lab.send(.get, "/shop/things/1", headers: headers)
                return (reply.headers["X-Cache"], reply.json?["answer"] as? Int)
            }
            #expect(try await read() == ("miss", 1))
            #expect(try await read() == ("hit", 1))
            #expect(try await read(["Cache-Control": "no-cache"]) == (nil, 2))
            _ = try await lab.send(.put, "/shop/things/1", body: ["a": "b"])
            #expect(try await read() == ("miss", 4))
            try await world.sleep(for: .seconds(3))
            #expect(try await read() == ("miss", 5))
            _ = try await lab.send(.get, "/shop/mine")
            #expect(try await lab.send(.get, "/shop/mine").headers["X-Cache"] == nil, "only public endpoints are kept")
        }
    }

    @Test func `a service that fails is answered for from the cache, then left alone until it may have recovered`() throws {
        try SimulatedRun(seed: 5).execute { world in
            let lab = try await GatewayFixture.start(world, gateway: ["breaker_failures": "3", "retries": "0"])
            _ = try await lab.send(.get, "/shop/things/1")
            lab.shop.mood = .fails
            try await world.sleep(for: .seconds(3))
            let stale = try await lab.send(.get, "/shop/things/1")
            #expect(stale.status == 200 && stale.headers["X-Cache"] == "stale" && stale.headers["Warning"]?.hasPrefix("110") == true)
            for _ in 0..<2 { #expect(try await lab.send(.get, "/shop/mine").status == 503) }
            let asked = lab.shop.requests.count
            let refused = try await lab.send(.get, "/shop/mine")
            #expect(refused.status == 503 && refused.code == "circuit_open" && refused.headers["Retry-After"] != nil)
            #expect(lab.shop.requests.count == asked, "nobody asks a service whose breaker is open")
            #expect(try await lab.send(.get, "/shop/things/1").headers["X-Cache"] == "stale")
            lab.shop.mood = .answers
            try await world.sleep(for: .seconds(6))
            #expect(try await lab.send(.get, "/shop/mine").status == 200)
        }
    }

    @Test func `a service that does not answer costs the deadline and no more`() throws {
        try SimulatedRun(seed: 6).execute { world in
            let lab = try await GatewayFixture.start(world, gateway: ["deadline": "2s"])
            lab.shop.mood = .isSilent
            let began = world.now
            let reply = try await lab.send(.get, "/shop/mine")
            #expect(reply.status == 504 && reply.code == "deadline_exceeded")
            #expect(world.now - began < .seconds(3))
        }
    }

    @Test func `an answer that the client has already is not sent again`() throws {
        try SimulatedRun(seed: 7).execute { world in
            let lab = try await GatewayFixture.start(world)
            let tag = try #require(try await lab.send(.get, "/shop/things/1").headers["ETag"])
            let again = try await lab.send(.get, "/shop/things/1", headers: ["If-None-Match": tag])
            #expect(again.status == 304 && again.body.isEmpty && again.headers["ETag"] == tag)
            let several = try await lab.send(.get, "/shop/things/1", headers: ["If-None-Match": "\"x\", \(tag)"])
            #expect(several.status == 304)
            #expect(try await lab.send(.get, "/shop/things/1", headers: ["If-None-Match": "W/\"0\""]).status == 200)
        }
    }

    @Test func `pages of this machine may call, others may not unless they are named`() throws {
        try SimulatedRun(seed: 8).execute { world in
            let lab = try await GatewayFixture.start(world)
            func preflight(_ origin: String) async -> RawReply {
                await lab.gateway.respond(
                    RawRequest(
                        method: "OPTIONS", path: "/shop/mine",
                        headers: ["Origin": origin, "Access-Control-Request-Method": "GET"], origin: .edge))
            }
            #expect(await preflight("http://localhost:5173").headers["Access-Control-Allow-Origin"] == "http://localhost:5173")
            #expect(await preflight("https://evil.example").headers["Access-Control-Allow-Origin"] == nil)
            #expect(await preflight("http://localhost.evil.example").headers["Access-Control-Allow-Origin"] == nil)
            let reply = try await lab.send(.get, "/nowhere", headers: ["Origin": "http://localhost:5173"])
            #expect(reply.code == "no_route" && reply.headers["Access-Control-Allow-Origin"] == "http://localhost:5173")
            for path in ["/openapi.json", "/health", "/gateway/routes", "/gateway/requests", "/internal/users/1", "/shop/mine"] {
                let reply = try await lab.send(.get, path, headers: ["Origin": "http://localhost:5173"])
                #expect(reply.headers.values(of: "Access-Control-Allow-Origin") == ["http://localhost:5173"], "\(path): \(reply.status)")
                #expect(
                    try await lab.send(.get, path, headers: ["Origin": "https://evil.example"]).headers["Access-Control-Allow-Origin"]
                        == nil)
            }
            #expect(await preflight("http://localhost:5173").headers.values(of: "Access-Control-Allow-Origin").count == 1)
        }
    }

    @Test func `who watches a service's health does not have its calls refused`() throws {
        try SimulatedRun(seed: 11).execute { world in
            let lab = try await GatewayFixture.start(world, gateway: ["breaker_failures": "3", "retries": "0"])
            lab.shop.mood = .fails
            for _ in 0..<10 { #expect(try await lab.send(.get, "/health/ready").status == 503) }
            lab.shop.mood = .answers
            #expect(try await lab.send(.get, "/shop/mine").status == 200)
            #expect(try await lab.send(.get, "/health/ready").status == 200)
            // The other way round: an open breaker does not hide that the service is back.
            lab.shop.mood = .fails
            for _ in 0..<3 { #expect(try await lab.send(.get, "/shop/mine").status == 503) }
            lab.shop.mood = .answers
            #expect(try await lab.send(.get, "/shop/mine").code == "circuit_open")
            #expect(try await lab.send(.get, "/health/ready").status == 200)
        }
    }

    @Test func `requests that are passed on are counted and timed`() throws {
        try SimulatedRun(seed: 12).execute { world in
            let lab = try await GatewayFixture.start(world)
            for path in ["/shop/mine", "/shop/things/1", "/nowhere"] { _ = try await lab.send(.get, path) }
            let metrics = String(decoding: try await lab.send(.get, "/metrics").body, as: UTF8.self)
            #expect(metrics.contains(#"http_requests_total{operation="forward",status="2xx"} 2"#), "\(metrics)")
            #expect(metrics.contains(#"http_requests_total{operation="forward",status="4xx"} 1"#))
            #expect(metrics.contains(#"http_request_duration_seconds_count{operation="forward"} 3"#))
        }
    }

    @Test func `limits that are no limits any more do not stop the gateway`() throws {
        try SimulatedRun(seed: 13).execute { world in
            let most = String(Int.max)
            let lab = try await GatewayFixture.start(world, gateway: ["rate_limit": most, "rate_limit_burst": most, "retries": most])
            #expect(try await lab.send(.get, "/shop/mine").status == 200)
        }
    }

    @Test func `a body of more than a mebibyte and an unknown version are refused`() throws {
        try SimulatedRun(seed: 9).execute { world in
            let lab = try await GatewayFixture.start(world)
            var request = RawRequest(.post, "/shop/things", body: Data(count: (1 << 20) + 1), origin: .edge)
            request.remoteAddress = "192.0.2.1"
            #expect(await lab.gateway.respond(request).status == 413)
            #expect(try await lab.send(.get, "/api/v7/users/1").code == "api_version_unknown")
        }
    }

    @Test func `the merged document shows every public path as clients write it`() throws {
        try SimulatedRun(seed: 10).execute { world in
            let lab = try await GatewayFixture.start(world)
            let paths = try #require(try await lab.send(.get, "/openapi.json").json?["paths"] as? [String: Any])
            #expect(paths["/api/v1/users/{id}"] != nil && paths["/shop/api/v1/things/{id}"] != nil && paths["/gateway/routes"] != nil)
            #expect(paths.keys.allSatisfy { !$0.contains("internal") })
            let ready = try await lab.send(.get, "/health/ready")
            #expect(ready.json?["status"] as? String == "ready")
            #expect(try await lab.send(.get, "/docs").headers["Content-Type"] == "text/html; charset=utf-8")
        }
    }
}
