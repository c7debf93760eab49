import Contracts
import Foundation

/// A whole answer. Endpoints that answer something else than JSON make it themselves.
public struct RawReply: Sendable {
    /// Writes a body piece by piece, as server-sent events do; returns when the answer is complete, throws when the client has gone.
    public typealias Stream = @Sendable (_ write: @Sendable (Data) async throws -> Void) async throws -> Void

    public var status: Int
    public var headers: Headers
    public var body: Data
    /// Instead of `body`: for answers without a known end. Only network listeners can send it.
    public var stream: Stream?

    public init(status: Int = 200, headers: Headers = Headers(), body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer that is written over time.
    public init(status: Int = 200, headers: Headers = Headers(), stream: @escaping Stream) {
        self.init(status: status, headers: headers)
        self.stream = stream
    }

    public static func json(_ body: Data, status: Int = 200) -> RawReply {
        RawReply(status: status, headers: ["Content-Type": "application/json"], body: body)
    }

    public static func json(_ value: some Encodable, status: Int = 200) throws -> RawReply {
        json(try JSONCoding.encode(value), status: status)
    }

    public static func html(_ text: String, status: Int = 200) -> RawReply {
        RawReply(status: status, headers: ["Content-Type": "text/html; charset=utf-8"], body: Data(text.utf8))
    }

    public static func text(_ text: String, status: Int = 200, contentType: String = "text/plain; charset=utf-8") -> RawReply {
        RawReply(status: status, headers: ["Content-Type": contentType], body: Data(text.utf8))
    }

    public static func problem(_ problem: Problem) -> RawReply {
        // A problem is made of strings and numbers; should it still not encode, the status has to do.
        let body = (try? JSONCoding.encode(problem)) ?? Data()
        var headers = Headers(problem.headers)
        headers["Content-Type"] = Problem.contentType
        return RawReply(status: problem.status, headers: headers, body: body)
    }

    /// The problem that this answer carries, for answers from 400 on.
    public var problem: Problem? {
        guard status >= 400 else { return nil }
        // A peer's answer without a readable problem becomes one by its status.
        var problem = (try? JSONCoding.decode(Problem.self, from: body)) ?? Problem(status: status, code: "unknown")
        problem.status = status
        for name in ["Retry-After", "WWW-Authenticate", "Allow"] { problem.headers[name] = headers[name] }
        return problem
    }
}
