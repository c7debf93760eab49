import Contracts
import Foundation
import Messaging

/// A whole request, as it came: from the network, or from another service in the same process.
public struct RawRequest: Sendable {
    /// Where a request came from decides what is believed of it.
    public enum Origin: Sendable, Hashable {
        /// A trusted caller in the lab; its identity headers are believed.
        case peer
        /// A network listener: identity headers are removed, tokens verified, internal endpoints refused.
        case edge
    }

    /// As sent: `GET`, `POST`, also `HEAD` and `OPTIONS`.
    public var method: String
    /// Percent-encoded, with prefixes and trailing slash as sent, without the query.
    public var path: String
    /// Percent-encoded, without the question mark.
    public var query: String?
    public var headers: Headers
    public var body: Data
    public var origin: Origin
    /// The client's address at the edge.
    public var remoteAddress: String?

    /// Who the request is made for. Filled in before a handler sees the request.
    public var principal: Principal?
    /// Why a token that was sent is not accepted; endpoints that need one answer with it.
    public var refusedToken: (any Error)?
    /// Filled in before a handler sees the request.
    public internal(set) var cause = Cause(correlationID: "")
    /// The path's parameters, decoded, in their order.
    var parameters = PathParameters()
    var storeLane: StoreLane?
    /// Where its answering task runs; calls that are made for it run there too. Nil: on the lane of whoever makes them.
    var executor: (any TaskExecutor)?

    public init(
        method: String, path: String, query: String? = nil, headers: Headers = Headers(), body: Data = Data(), origin: Origin = .peer,
        remoteAddress: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.origin = origin
        self.remoteAddress = remoteAddress
    }

    /// A request with a path that may contain a query.
    public init(_ verb: HTTPVerb, _ target: String, headers: Headers = Headers(), body: Data = Data(), origin: Origin = .peer) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            method: verb.rawValue, path: String(parts[0]), query: parts.count == 2 ? String(parts[1]) : nil, headers: headers, body: body,
            origin: origin)
    }

    /// Path and query as in a request line.
    public var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// A parameter of the path, decoded.
    /// - Throws: ``Problem`` 500 when the endpoint declares no such parameter: a mistake in the service.
    public func path(_ name: String) throws -> String {
        guard let value = parameters[name] else {
            throw Problem(status: 500, code: "path_parameter_missing", detail: "This endpoint has no parameter {\(name)}.")
        }
        return value
    }

    /// A parameter of the path that is a positive whole number.
    /// - Throws: ``Problem`` 404 when it is something else: nothing has such an id.
    public func pathID(_ name: String) throws -> Int64 {
        let text = try path(name)
        guard let id = Int64(text), id > 0, !text.hasPrefix("+") else {
            throw Problem.notFound(code: "not_found", detail: "\"\(text.prefix(100))\" is not an id: ids are positive whole numbers.")
        }
        return id
    }

    /// The first value of a query parameter, decoded; nil when it is absent or empty.
    public func query(_ name: String) -> String? { query.flatMap { QueryString.value(of: name, in: $0) } }

    /// - Throws: ``Problem`` 400 naming the parameter and its bounds.
    public func queryInt(_ name: String, default fallback: Int, in bounds: ClosedRange<Int>) throws -> Int {
        guard let text = query(name) else { return fallback }
        guard let value = Int(text), bounds.contains(value) else {
            throw Problem.badRequest(
                code: "invalid_parameter",
                detail: "The query parameter \(name) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound).")
        }
        return value
    }

    /// - Throws: ``Problem`` 400 for anything but true and false.
    public func queryBool(_ name: String) throws -> Bool? {
        switch query(name)?.lowercased() {
        case nil: return nil
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        default: throw Problem.badRequest(code: "invalid_parameter", detail: "The query parameter \(name) must be true or false.")
        }
    }

    /// How many items a page has: `limit`, 50 when absent, at most 200.
    public func limit() throws -> Int { try queryInt("limit", default: 50, in: 1...200) }

    /// Where a page begins; nil for the first.
    public var cursor: String? { query("cursor") }

    /// The token of `Authorization: Bearer …`.
    public var bearerToken: String? {
        guard let value = headers["Authorization"] else { return nil }
        let scheme = value.utf8.prefix(7)
        guard scheme.count == 7, zip(scheme, "bearer ".utf8).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        var token = value.utf8.dropFirst(7)
        while token.first == UInt8(ascii: " ") || token.first == UInt8(ascii: "\t") { token = token.dropFirst() }
        while token.last == UInt8(ascii: " ") || token.last == UInt8(ascii: "\t") { token = token.dropLast() }
        return String(Substring(token))
    }
}
