import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import Runtime
import Synchronization

/// What the connections of a listener share: from NIO's types to ours and back, limits, and the task that answers.
final class HTTPExchange: Sendable {
    private let world: World
    private let origin: RawRequest.Origin
    private let respond: @Sendable (RawRequest) async -> RawReply
    private let dates: HTTPDate
    private let streams = Mutex([ObjectIdentifier: HTTPConnection]())
    let idleTimeout: TimeAmount
    let bodyTimeout: TimeAmount

    init(world: World, options: HTTPListener.Options, respond: @escaping @Sendable (RawRequest) async -> RawReply) {
        self.world = world
        self.respond = respond
        origin = options.isEdge ? .edge : .peer
        dates = HTTPDate(world: world)
        idleTimeout = .microseconds(options.idleTimeout.microseconds)
        bodyTimeout = .microseconds(options.bodyTimeout.microseconds)
    }

    /// The value of the field `Date`.
    var date: String { dates.text }

    /// Has the request answered by a task on the connection's event loop, so that an answer that needs nothing else needs no other thread.
    func answer(_ request: RawRequest, on connection: HTTPConnection, _ executor: EventLoopExecutor) {
        _ = world.spawn(on: executor) { [self] in
            let reply = await respond(request)
            guard let stream = reply.stream, request.method != "HEAD" else { return connection.finish(reply) }
            streams.withLock { $0[ObjectIdentifier(connection)] = connection }
            connection.beginStream(reply)
            var isComplete = true
            do { try await stream { try await connection.writePiece($0) } } catch { isComplete = false }
            streamEnded(connection)
            connection.endStream(isComplete: isComplete)
        }
    }

    func streamEnded(_ connection: HTTPConnection) { streams.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) } }

    /// Ends answers without an end: their clients see the connection close.
    func closeStreams() {
        let open = streams.withLock { streams in
            defer { streams = [:] }
            return Array(streams.values)
        }
        for connection in open { connection.loop.execute { connection.close() } }
    }

    static func hasBody(_ headers: HTTPHeaders) -> Bool {
        if let length = headers.first(name: "Content-Length") { return length != "0" }
        return headers.contains(name: "Transfer-Encoding")
    }

    func request(_ head: HTTPRequestHead, _ body: ByteBuffer?, remoteAddress: String?, executor: any TaskExecutor) -> RawRequest {
        var headers = Headers()
        headers.reserveCapacity(head.headers.count + 4)
        for field in head.headers { headers.add(field.name, field.value) }
        var path = head.uri
        var query: String?
        if let mark = path.utf8.firstIndex(of: UInt8(ascii: "?")) {
            query = String(path[path.utf8.index(after: mark)...])
            path = String(path[..<mark])
        }
        var request = RawRequest(
            method: head.method.rawValue, path: path, query: query, headers: headers,
            body: body.map { Data($0.readableBytesView) } ?? Data(),
            origin: origin, remoteAddress: remoteAddress)
        request.executor = executor
        return request
    }
}

/// The `Date` field (RFC 9110, section 5.6.7), made once a second.
private final class HTTPDate: Sendable {
    private let world: World
    private let made = Mutex((second: Int64.min, text: ""))

    init(world: World) { self.world = world }

    var text: String {
        let second = world.now.secondsSinceEpoch
        return made.withLock { made in
            if made.second != second { made = (second, Self.format(second)) }
            return made.text
        }
    }

    static func format(_ second: Int64) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = Timestamp(seconds: second).rfc3339
        let parts = text.split { $0 == "-" || $0 == "T" || $0 == "Z" }
        // 1970-01-01 was a Thursday.
        let day = days[Int(second / 86_400 % 7)]
        return "\(day), \(parts[2]) \(months[Int(parts[1])! - 1]) \(parts[0]) \(parts[3]) GMT"
    }
}
