import AsyncHTTPClient
import Foundation
import Lab
import NIOCore
import NIOHTTP1
import Runtime

/// A client of the lab's public API, as any program outside has it.
struct APIClient: Sendable {
    let base: String
    var token: String?

    struct Answer: Sendable {
        let status: UInt
        let data: Data

        func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T { try JSONDecoder().decode(type, from: data) }
        var text: String { String(decoding: data, as: UTF8.self) }
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ body: (any Encodable & Sendable)? = nil, key: String? = nil,
        timeout: Duration = .seconds(60)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            // Sorted: the same request sent again under its idempotency key must have the same bytes.
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            request.body = .bytes(ByteBuffer(bytes: try encoder.encode(body)))
        }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let key { request.headers.add(name: "idempotency-key", value: key) }
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .microseconds(timeout.microseconds))
            return Answer(status: response.status.code, data: Data(try await response.body.collect(upTo: 64 << 20).readableBytesView))
        } catch {
            throw HTTPFailure.explain(error, request.url, after: timeout)
        }
    }

    /// Sends and expects a success, decoded.
    func ask<T: Decodable>(_ method: HTTPMethod, _ path: String, _ body: (any Encodable & Sendable)? = nil, key: String? = nil) async throws
        -> T
    {
        let answer = try await send(method, path, body, key: key)
        guard (200..<300).contains(answer.status) else {
            throw LabError(.failed, "\(method.rawValue) \(path) was answered \(answer.status)", why: answer.text)
        }
        return try answer.decode()
    }

    /// - Parameter credentials: `email:password`.
    func logIn(_ credentials: String) async throws -> String {
        guard let colon = credentials.firstIndex(of: ":") else { throw LabError(.usage, "--login must be email:password") }
        let body = ["email": String(credentials[..<colon]), "password": String(credentials[credentials.index(after: colon)...])]
        struct Tokens: Decodable { var access_token: String }
        let tokens: Tokens = try await ask(.POST, "/api/v1/auth/login", body)
        return tokens.access_token
    }
}
