import AsyncHTTPClient
import Foundation
import Lab
import NIOCore
import NIOHTTP1
import Telemetry
import Testing

/// The control socket: what it makes of strange questions and of clients that go away.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ControlTests {
    private func ask(_ lab: TestLab, _ path: String) async throws -> HTTPClientResponse {
        let socket = lab.directory.controlSocket.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return try await HTTPClient.shared.execute(HTTPClientRequest(url: "http+unix://\(socket)\(path)"), timeout: .seconds(30))
    }

    @Test func `numbers out of range count as the nearest one that is in it`() async throws {
        try await TestLab.with("users-orders") { lab in
            for path in [
                "/logs?lines=-1", "/logs?lines=9223372036854775807", "/quiet?wait_ms=9222000000000000", "/quiet?wait_ms=-5",
                "/sagas?limit=-1",
                "/topics/order-events/messages?count=-3",
            ] {
                let answer = try await ask(lab, path)
                _ = try await answer.body.collect(upTo: 1 << 20)
                #expect(answer.status == .ok, "\(path): \(answer.status)")
            }
            #expect(try await ask(lab, "/logs?lines=many").status == .badRequest)
        }
    }

    @Test func `a follower that goes away is noticed`() async throws {
        try await TestLab.with("users-orders") { lab in
            _ = try await hearOnce(lab, "/topics/order-events/messages?follow=true")
            let before = lab.lab.log.watchersCount
            #expect(try await hearOnce(lab, "/logs?follow=true&lines=0") == before + 1)
            // Round trips until the next heartbeat has found nobody.
            while lab.lab.log.watchersCount > before { _ = try await ask(lab, "/status").body.collect(upTo: 1 << 20) }
        }
    }

    /// Follows until the first sign of life, and hangs up.
    /// - Returns: how many watched the log meanwhile.
    private func hearOnce(_ lab: TestLab, _ path: String) async throws -> Int {
        var pieces = try await ask(lab, path).body.makeAsyncIterator()
        #expect(try await pieces.next() == ByteBuffer(string: "\n"), "\(path)")
        return lab.lab.log.watchersCount
    }

    @Test func `the socket is its owner's only, and nothing is left beside it`() async throws {
        try await TestLab.with("users-orders") { lab in
            let socket = lab.directory.controlSocket
            let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(!FileManager.default.fileExists(atPath: socket + ".new"))
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/net/if_inet6"), "needs IPv6"))
    func `an address of IPv6 stands in brackets`() async throws {
        try await TestLab.with("users-orders", settings: ["host": "::1"]) { lab in
            #expect(lab.base.hasPrefix("http://[::1]:"), "\(lab.base)")
            let answer = try await lab.send(.GET, "/health")
            #expect(answer.status == 200)
        }
    }
}
