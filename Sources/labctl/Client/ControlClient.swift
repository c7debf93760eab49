import AsyncHTTPClient
import Foundation
import Lab
import NIOCore
import NIOHTTP1
import Runtime

/// Speaks to the control socket of a running lab.
struct ControlClient {
    let directory: DataDirectory
    private let socket: String

    /// - Throws: ``LabError`` `notRunning` when no process holds the directory.
    init(_ directory: DataDirectory) throws {
        guard directory.owner != nil else { throw Self.notRunning(directory) }
        self.directory = directory
        socket = directory.controlSocket
    }

    static func notRunning(_ directory: DataDirectory) -> LabError {
        let record = directory.record()
        return LabError(
            .notRunning, directory.isLab ? "no lab is running on \(directory.path)" : "there is no lab in \(directory.path)",
            why: record.map { "the last one there was \($0.topology), started \($0.started_at)" } ?? "none has ever run there",
            next: "labctl up --detach" + (record.map { " --topology \($0.topology)" } ?? ""))
    }

    /// Whether somebody answers here: not yet while a lab starts, and no more while it stops.
    func answers() async -> Bool {
        do {
            _ = try await send(.GET, "/status", [:], body: nil, timeout: .seconds(5))
            return true
        } catch {
            return false
        }
    }

    func get<T: Decodable>(_ path: String, query: [String: String?] = [:], timeout: Duration = .seconds(60)) async throws -> T {
        try decode(try await send(.GET, path, query, body: nil, timeout: timeout))
    }

    func post<T: Decodable>(
        _ path: String, _ body: (any Encodable)? = nil, query: [String: String?] = [:], timeout: Duration = .seconds(120)
    ) async throws -> T {
        let data = try body.map { try JSONEncoder().encode($0) }
        return try decode(try await send(.POST, path, query, body: data ?? Data("{}".utf8), timeout: timeout))
    }

    /// Calls `each` with every line of an answer that goes on.
    func lines(_ path: String, query: [String: String?] = [:], _ each: (Data) throws -> Void) async throws {
        let response = try await execute(request(.GET, path, query), timeout: .seconds(60 * 60 * 24 * 365))
        guard response.status == .ok else { throw await failure(response) }
        var rest = Data()
        for try await chunk in response.body {
            rest.append(contentsOf: chunk.readableBytesView)
            while let end = rest.firstIndex(of: 10) {
                let line = rest[rest.startIndex..<end]
                if !line.isEmpty { try each(Data(line)) }
                rest = Data(rest[rest.index(after: end)...])
            }
        }
    }

    private func send(_ method: HTTPMethod, _ path: String, _ query: [String: String?], body: Data?, timeout: Duration) async throws -> Data
    {
        var request = request(method, path, query)
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await execute(request, timeout: timeout)
        guard (200..<300).contains(response.status.code) else { throw await failure(response) }
        return Data(try await response.body.collect(upTo: 256 << 20).readableBytesView)
    }

    private func request(_ method: HTTPMethod, _ path: String, _ query: [String: String?]) -> HTTPClientRequest {
        var parts = [String]()
        for (key, value) in query.sorted(by: { $0.key < $1.key }) {
            if let value { parts.append("\(Self.escape(key))=\(Self.escape(value))") }
        }
        let uri = path + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
        var request = HTTPClientRequest(url: "http+unix://\(Self.escape(socket))\(uri)")
        request.method = method
        return request
    }

    private func execute(_ request: HTTPClientRequest, timeout: Duration) async throws -> HTTPClientResponse {
        do {
            return try await HTTPClient.shared.execute(request, timeout: .microseconds(timeout.microseconds))
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw LabError(.timedOut, "the lab did not answer in time", next: "labctl logs")
        } catch {
            if directory.owner == nil { throw Self.notRunning(directory) }
            throw LabError(
                .failed, "the lab's control socket \(socket) does not answer", why: "\(error)",
                next: "it may be starting or stopping: labctl wait ready, labctl logs")
        }
    }

    private func failure(_ response: HTTPClientResponse) async -> LabError {
        // Without a body the status must do.
        let body = (try? await response.body.collect(upTo: 1 << 20)).map { Data($0.readableBytesView) } ?? Data()
        if let error = try? JSONDecoder().decode(LabError.self, from: body) { return error }  // not ours: said as it is
        return LabError(.failed, "the control socket answered \(response.status.code)", why: String(decoding: body, as: UTF8.self))
    }

    private func decode<T: Decodable>(_ data: Data) throws -> T {
        do {
            return try JSONDecoder().decode(T.self, from: data)
        } catch {
            throw LabError(.failed, "the lab's answer cannot be read", why: "\(error)", next: "is labctl the build that started the lab?")
        }
    }

    static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? text
    }
}
