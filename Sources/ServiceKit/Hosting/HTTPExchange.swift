import Contracts
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Runtime
import Synchronization

/// One request and its answer on a connection: from Hummingbird's types to ours and back.
final class HTTPExchange: Sendable {
    private let world: World
    private let options: HTTPListener.Options
    private let respond: @Sendable (RawRequest) async -> RawReply
    private let date: HTTPDate
    private let streams = Mutex([ObjectIdentifier: any Channel]())

    init(world: World, options: HTTPListener.Options, respond: @escaping @Sendable (RawRequest) async -> RawReply) {
        self.world = world
        self.options = options
        self.respond = respond
        date = HTTPDate(world: world)
    }

    func answer(_ request: HummingbirdCore.Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        var raw = Self.raw(request, channel)
        raw.origin = options.isEdge ? .edge : .peer
        if Self.hasBody(request.headers) {
            if let length = request.headers[.contentLength].flatMap(Int.init), length > RequestBodyReading.bytesMax {
                return try await refuse(writer, channel)
            }
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            // A client that sends its body one byte at a time does not hold the connection for long.
            let timeout = channel.eventLoop.scheduleTask(in: .microseconds(options.bodyTimeout.microseconds)) {
                channel.close(promise: nil)
            }
            defer { timeout.cancel() }
            do {
                let buffer = try await request.body.collect(upTo: RequestBodyReading.bytesMax)
                raw.body = Data(buffer.readableBytesView)
            } catch is NIOTooManyBytesError {
                return try await refuse(writer, channel)
            }
        }
        let reply = await respond(raw)
        try await write(reply, isHead: raw.method == "HEAD", writer, channel)
    }

    /// Ends answers without an end: their clients see the connection close.
    func closeStreams() {
        let open = streams.withLock { streams in
            defer { streams = [:] }
            return Array(streams.values)
        }
        for channel in open { channel.close(promise: nil) }
    }

    private func refuse(_ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        try await write(.problem(.payloadTooLarge(bytesMax: RequestBodyReading.bytesMax)), isHead: false, writer, channel)
        // The client may read the answer; the rest of its body is not worth receiving.
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }

    private func write(_ reply: RawReply, isHead: Bool, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        var fields = HTTPFields()
        fields.reserveCapacity(reply.headers.count + 2)
        for header in reply.headers {
            if let name = HTTPHeaderNames.name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
        }
        fields[.date] = date.text
        let status = HTTPResponse.Status(code: reply.status)
        if let stream = reply.stream, !isHead {
            streams.withLock { $0[ObjectIdentifier(channel)] = channel }
            defer { streams.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) } }
            let body = ResponseBody { writer in
                let parts = StreamWriter(writer)
                try await stream { try await parts.write($0) }
                try await parts.writer.finish(nil)
            }
            return try await writer.write(response: HTTPResponse(status: status, headerFields: fields), body: body)
        }
        // 204 and 304 have no body and no length (RFC 9110, section 8.6).
        if !isHead, reply.status != 204, reply.status != 304, fields[.contentLength] == nil {
            fields[.contentLength] = String(reply.body.count)
        }
        let body = reply.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body))
        try await writer.write(response: HTTPResponse(status: status, headerFields: fields), body: body)
    }

    private static func hasBody(_ fields: HTTPFields) -> Bool {
        if let length = fields[.contentLength] { return length != "0" }
        return fields[.transferEncoding] != nil
    }

    private static func raw(_ request: HummingbirdCore.Request, _ channel: any Channel) -> RawRequest {
        let target = request.head.path ?? "/"
        var headers = Headers()
        headers.reserveCapacity(request.headers.count + 1)
        if let authority = request.head.authority { headers.add("Host", authority) }
        for field in request.headers { headers.add(field.name.rawName, field.value) }
        var path = target
        var query: String?
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        }
        return RawRequest(
            method: request.method.rawValue, path: path, query: query, headers: headers, remoteAddress: channel.remoteAddress?.ipAddress)
    }
}

/// Lets a stream's closure hold the body writer, which is not Sendable.
private final class StreamWriter: @unchecked Sendable {
    // Unchecked: one stream writes to it, one piece after the other.
    var writer: any ResponseBodyWriter
    init(_ writer: any ResponseBodyWriter) { self.writer = writer }
    func write(_ data: Data) async throws { try await writer.write(ByteBuffer(bytes: data)) }
}

/// Parsed names of the fields that answers usually have: parsing checks each character and makes a lower-case copy.
private enum HTTPHeaderNames {
    private static let usual: [String: HTTPField.Name] = {
        let names = [
            "Content-Type", "Content-Length", "X-Request-ID", "traceparent", "Location", "ETag", "Cache-Control", "Allow", "Retry-After",
            "WWW-Authenticate", "Idempotency-Replayed", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Vary", "Age",
            "Access-Control-Allow-Origin", "Content-Encoding", "Deprecation",
        ]
        return Dictionary(uniqueKeysWithValues: names.compactMap { name in HTTPField.Name(name).map { (name, $0) } })
    }()

    static func name(_ text: String) -> HTTPField.Name? { usual[text] ?? HTTPField.Name(text) }
}

/// The `Date` field (RFC 9110, section 5.6.7), made once a second.
private final class HTTPDate: Sendable {
    private let world: World
    private let made = Mutex((second: Int64.min, text: ""))

    init(world: World) { self.world = world }

    var text: String {
        let now = world.now
        let second = now.secondsSinceEpoch
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
