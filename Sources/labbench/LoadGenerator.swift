import Foundation

/// Closed-loop HTTP/1.1 load on keep-alive connections from one thread: cheap beside what it measures.
///
/// Each connection sends its next request once the last one is answered; `next` gives it, or nil when that connection is done.
struct LoadGenerator {
    struct Response {
        let status: Int
        let body: ArraySlice<UInt8>
        let microseconds: Double
    }

    enum Failure: Error { case cannotConnect(port: Int, code: Int32), closed }

    private final class Connection {
        let socket: Int32
        var buffer = [UInt8]()
        var started = 0.0
        var isDone = false
        init(_ socket: Int32) { self.socket = socket }
    }

    static func request(_ method: String, _ path: String, headers: [String] = [], body: String = "") -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for header in headers { head += header + "\r\n" }
        if !body.isEmpty { head += "Content-Type: application/json\r\n" }
        if method != "GET" { head += "Content-Length: \(body.utf8.count)\r\n" }
        return Array((head + "\r\n" + body).utf8)
    }

    /// - Parameter next: gets the connection's number and its last response (nil at first).
    static func run(port: Int, connections: Int, next: (Int, Response?) -> [UInt8]?) throws {
        let all = try (0..<connections).map { _ in Connection(try connectLoopback(port)) }
        defer { for connection in all { close(connection.socket) } }
        var active = 0
        for (index, connection) in all.enumerated() {
            if let request = next(index, nil) {
                send(request, on: connection)
                active += 1
            } else {
                connection.isDone = true
            }
        }
        var polled = all.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while active > 0 {
            poll(&polled, nfds_t(polled.count), -1)
            for index in polled.indices where polled[index].revents != 0 {
                let connection = all[index]
                if connection.isDone { continue }
                let count = recv(connection.socket, &chunk, chunk.count, 0)
                guard count > 0 else { throw Failure.closed }
                connection.buffer.append(contentsOf: chunk[0..<count])
                guard let response = parse(connection) else { continue }
                connection.buffer.removeAll(keepingCapacity: true)
                if let request = next(index, response) {
                    send(request, on: connection)
                } else {
                    connection.isDone = true
                    polled[index].fd = -1
                    active -= 1
                }
            }
        }
    }

    private static func send(_ bytes: [UInt8], on connection: Connection) {
        connection.started = seconds()
        var sent = 0
        bytes.withUnsafeBytes { bytes in
            while sent < bytes.count {
                let count = Glibc.send(connection.socket, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
                if count <= 0 { return }
                sent += count
            }
        }
    }

    private static func parse(_ connection: Connection) -> Response? {
        let found = connection.buffer.withUnsafeBytes { bytes -> (status: Int, bodyStart: Int, length: Int)? in
            guard let headEnd = headEnd(in: bytes) else { return nil }
            return (number(in: bytes, at: 9), headEnd + 4, contentLength(in: bytes, before: headEnd))
        }
        guard let found, connection.buffer.count >= found.bodyStart + found.length else { return nil }
        let body = connection.buffer[found.bodyStart..<found.bodyStart + found.length]
        return Response(status: found.status, body: body, microseconds: (seconds() - connection.started) * 1e6)
    }

    private static func headEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index + 4 <= bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 { return index }
            index += 1
        }
        return nil
    }

    /// 0 without the field: such responses have no body here.
    private static func contentLength(in bytes: UnsafeRawBufferPointer, before end: Int) -> Int {
        let name = Array("\ncontent-length:".utf8)
        var index = 0
        while index + name.count < end {
            if bytes[index] == 10, name.indices.allSatisfy({ bytes[index + $0] | ($0 == 0 ? 0 : 0x20) == name[$0] | ($0 == 0 ? 0 : 0x20) })
            {
                return number(in: bytes, at: index + name.count)
            }
            index += 1
        }
        return 0
    }

    private static func number(in bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] == 32 { index += 1 }
        var value = 0
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
            value = value * 10 + Int(bytes[index] - 48)
            index += 1
        }
        return value
    }

    private static func connectLoopback(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard code == 0 else { throw Failure.cannotConnect(port: port, code: errno) }
        return descriptor
    }
}
