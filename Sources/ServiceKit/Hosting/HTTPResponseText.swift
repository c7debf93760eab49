import Foundation
import NIOCore
import NIOHTTP1

/// The bytes of an answer (RFC 9112): status line, fields, body, in one buffer and so in one write.
struct HTTPResponseText {
    let version: HTTPVersion
    /// Answers to HEAD have the fields of a body and no body.
    let isHead: Bool
    let keepsAlive: Bool
    let date: String

    func write(_ reply: RawReply, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        // 204 and 304 have no body and no length (RFC 9110, section 8.6).
        let mayHaveBody = reply.status != 204 && reply.status != 304
        let body = isHead || !mayHaveBody || reply.stream != nil ? Data() : reply.body
        var buffer = allocator.buffer(capacity: Self.size(of: reply.headers) + body.count)
        writeStatusLine(reply.status, to: &buffer)
        var hasLength = false
        for field in reply.headers where Self.isSafe(field) {
            if Headers.same(field.name, "Content-Length") {
                if !mayHaveBody || reply.stream != nil { continue }
                hasLength = true
            }
            buffer.writeString(field.name)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("Date: ")
        buffer.writeString(date)
        if reply.stream != nil {
            if isChunked { buffer.writeStaticString("\r\nTransfer-Encoding: chunked") }
        } else if mayHaveBody, !hasLength {
            buffer.writeStaticString("\r\nContent-Length: ")
            buffer.writeString(String(reply.body.count))
        }
        if !keepsAlive {
            buffer.writeStaticString("\r\nConnection: close")
        } else if version == .http1_0 {
            buffer.writeStaticString("\r\nConnection: keep-alive")
        }
        buffer.writeStaticString("\r\n\r\n")
        _ = body.withUnsafeBytes { buffer.writeBytes($0) }
        return buffer
    }

    /// HTTP/1.0 knows no chunks: there the body of a stream ends with the connection.
    var isChunked: Bool { version != .http1_0 }

    /// One piece of a stream. Empty pieces are left out: an empty chunk would end the body.
    func piece(_ data: Data) -> ByteBuffer {
        guard isChunked, !data.isEmpty else { return ByteBuffer(bytes: data) }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(data.count + 16)
        buffer.writeString(String(data.count, radix: 16))
        buffer.writeStaticString("\r\n")
        _ = data.withUnsafeBytes { buffer.writeBytes($0) }
        buffer.writeStaticString("\r\n")
        return buffer
    }

    static let lastPiece = ByteBuffer(staticString: "0\r\n\r\n")
    static let goOn = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")

    private func writeStatusLine(_ status: Int, to buffer: inout ByteBuffer) {
        switch (version == .http1_0, status) {
        case (false, 200): buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        case (false, 201): buffer.writeStaticString("HTTP/1.1 201 Created\r\n")
        default:
            buffer.writeStaticString(version == .http1_0 ? "HTTP/1.0 " : "HTTP/1.1 ")
            buffer.writeString("\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n")
        }
    }

    private static func size(of headers: Headers) -> Int {
        headers.reduce(160) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    /// A value with a line break would begin a field, or an answer, of its own.
    private static func isSafe(_ field: Headers.Field) -> Bool {
        !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
            && field.value.utf8.allSatisfy { ($0 >= 32 && $0 != 127) || $0 == 9 }
    }
}
