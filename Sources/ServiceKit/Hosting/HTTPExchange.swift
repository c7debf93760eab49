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
    private let dates: DateField
    private let connections = Mutex(Connections())
    let idleTimeout: TimeAmount
    let bodyTimeout: TimeAmount

    private struct Connections {
        var open = [ObjectIdentifier: HTTPConnection]()
        /// Those whose answers have no known end.
        var streaming = Set<ObjectIdentifier>()
    }

    init(world: World, options: HTTPListener.Options, respond: @escaping @Sendable (RawRequest) async -> RawReply) {
        self.world = world
        self.respond = respond
        origin = options.isEdge ? .edge : .peer
        dates = DateField(world: world)
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
            connections.withLock { _ = $0.streaming.insert(ObjectIdentifier(connection)) }
            connection.beginStream(reply)
            var isComplete = true
            do { try await stream { try await connection.writePiece($0) } } catch { isComplete = false }
            connections.withLock { _ = $0.streaming.remove(ObjectIdentifier(connection)) }
            connection.endStream(isComplete: isComplete)
        }
    }

    func opened(_ connection: HTTPConnection) { connections.withLock { $0.open[ObjectIdentifier(connection)] = connection } }

    func closed(_ connection: HTTPConnection) {
        connections.withLock { connections in
            connections.open[ObjectIdentifier(connection)] = nil
            connections.streaming.remove(ObjectIdentifier(connection))
        }
    }

    /// Ends answers without an end: their clients see the connection close.
    func closeStreams() { close(connections.withLock { connections in connections.streaming.compactMap { connections.open[$0] } }) }

    /// Ends every connection, whatever it is about.
    func closeAll() { close(connections.withLock { Array($0.open.values) }) }

    private func close(_ connections: [HTTPConnection]) {
        for connection in connections { connection.loop.execute { connection.close() } }
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

/// The value of the `Date` field, made once a second.
private final class DateField: Sendable {
    private let world: World
    private let made = Mutex((second: Int64.min, text: ""))

    init(world: World) { self.world = world }

    var text: String {
        let second = world.now.secondsSinceEpoch
        return made.withLock { made in
            if made.second != second { made = (second, HTTPDate.format(Timestamp(seconds: second))) }
            return made.text
        }
    }
}
