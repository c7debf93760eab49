import AsyncHTTPClient
import Contracts
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Runtime
import ServiceKit
import Testing

/// The network side, in the live world.
@Suite(.serialized) struct ListenerTests {
    /// Runs a notes service behind a listener on a free port.
    private func withListener<T: Sendable>(
        _ body: @escaping @Sendable (_ base: String, _ lab: NotesLab, _ listener: HTTPListener) async throws -> T
    ) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("listener-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        let main = World.live(instance: "main")
        let lab = try NotesLab.make(main: main, folder: folder, options: HostOptions(tokens: SampleTokens()))
        let host = lab.host
        try await host.start()
        let listener = HTTPListener(
            "notes", at: .tcp(host: "127.0.0.1", port: 0), group: MultiThreadedEventLoopGroup.singleton, world: lab.context.world,
            logger: lab.context.logger
        ) { await host.respond($0) }
        let running = lab.context.world.spawn("listener") { try await listener.run() }
        let port = try await listener.waitUntilBound()
        let result: Result<T, any Error>
        do { result = .success(try await body("http://127.0.0.1:\(port)", lab, listener)) } catch { result = .failure(error) }
        await listener.stop()
        _ = await running.result
        await host.stop()
        lab.context.world.shutDown()
        main.shutDown()
        return try result.get()
    }

    private func send(_ method: HTTPMethod, _ url: String, _ headers: [(String, String)] = [], body: Data? = nil) async throws -> (
        status: Int, headers: HTTPHeaders, body: Data
    ) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let buffer = try await response.body.collect(upTo: 4 << 20)
        return (Int(response.status.code), response.headers, Data(buffer.readableBytesView))
    }

    @Test func `a request from the network is answered`() async throws {
        try await withListener { base, lab, _ in
            let written = try await send(.POST, "\(base)/api/v1/notes/", body: Data(#"{"text":"grüße"}"#.utf8))
            #expect(written.status == 201)
            #expect(written.headers.first(name: "location") == "/notes/1")
            #expect(written.headers.first(name: "date")?.hasSuffix(" GMT") == true)
            let read = try await send(.GET, "\(base)/notes?limit=1")
            #expect(read.status == 200)
            #expect(read.headers.first(name: "content-length") == String(read.body.count))
            #expect(String(decoding: read.body, as: UTF8.self).contains("grüße"))
        }
    }

    @Test func `identity from outside is not believed, internal paths do not exist`() async throws {
        try await withListener { base, _, _ in
            let forged = try await send(.GET, "\(base)/me", [("X-User-ID", "root"), ("X-User-Roles", "staff")])
            #expect(forged.status == 401)
            #expect(forged.headers.first(name: "www-authenticate") != nil)
            #expect(try await send(.GET, "\(base)/me", [("Authorization", "Bearer good-u1")]).status == 200)
            #expect(try await send(.GET, "\(base)/internal/notes/count").status == 404)
        }
    }

    @Test func `a body above the limit is refused`() async throws {
        try await withListener { base, _, _ in
            let reply = try await send(.POST, "\(base)/notes", body: Data(repeating: 97, count: (1 << 20) + 1))
            #expect(reply.status == 413)
            #expect(reply.headers.first(name: "content-type") == "application/problem+json")
        }
    }

    @Test func `a HEAD request gets the length and no body`() async throws {
        try await withListener { base, _, _ in
            let reply = try await send(.HEAD, "\(base)/page")
            #expect(reply.status == 200)
            #expect(reply.headers.first(name: "content-length") == "12")
            #expect(reply.body.isEmpty)
        }
    }

    @Test func `a port in use is an error that names it and says what to do`() async throws {
        try await withListener { _, lab, listener in
            let port = try #require(listener.port)
            let second = HTTPListener(
                "second", at: .tcp(host: "127.0.0.1", port: port), group: MultiThreadedEventLoopGroup.singleton, world: lab.world,
                logger: Logger(label: "second")
            ) { _ in RawReply() }
            let error = await #expect(throws: ListenerError.self) { try await second.run() }
            #expect(error?.code == .portInUse)
            #expect(error?.message.contains("\(port)") == true && error?.message.contains("--port-base") == true)
            await #expect(throws: ListenerError.self) { try await second.waitUntilBound() }
        }
    }

    @Test func `a stream is sent piece by piece`() async throws {
        let world = World.live(instance: "stream")
        let listener = HTTPListener(
            "stream", at: .tcp(host: "127.0.0.1", port: 0), group: MultiThreadedEventLoopGroup.singleton, world: world,
            logger: Logger(label: "stream")
        ) { _ in
            RawReply(headers: ["Content-Type": "text/event-stream"]) { write in
                for index in 0..<3 { try await write(Data("data: \(index)\n\n".utf8)) }
            }
        }
        let running = world.spawn("listener") { try await listener.run() }
        let port = try await listener.waitUntilBound()
        let reply = try await send(.GET, "http://127.0.0.1:\(port)/")
        #expect(String(decoding: reply.body, as: UTF8.self) == "data: 0\n\ndata: 1\n\ndata: 2\n\n")
        await listener.stop()
        _ = await running.result
        world.shutDown()
    }

    /// Sends bytes as they are, and returns everything that comes until the server closes the connection.
    private func raw(_ base: String, _ text: String) async throws -> String {
        final class Gatherer: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            var gathered = ByteBuffer()
            let all: EventLoopPromise<String>
            init(_ all: EventLoopPromise<String>) { self.all = all }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                var buffer = Self.unwrapInboundIn(data)
                gathered.writeBuffer(&buffer)
            }
            func channelInactive(context: ChannelHandlerContext) { all.succeed(String(buffer: gathered)) }
            func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let all = loop.makePromise(of: String.self)
        let port = try #require(URL(string: base)?.port)
        let channel = try await ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Gatherer(all)) }
        }.connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text))
        return try await all.futureResult.get()
    }

    @Test func `requests that are sent ahead are answered one after the other, in order`() async throws {
        try await withListener { base, _, _ in
            let body = #"{"text":"first"}"#
            let answers = try await raw(
                base,
                "POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    + "HEAD /page HTTP/1.1\r\nHost: x\r\n\r\nGET /notes/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) } == ["201", "200", "200", "404"])
            #expect(answers.contains(#""text":"first"}HTTP/1.1 200 OK"#))
            #expect(answers.components(separatedBy: "Connection: close\r\n").count == 2)
        }
    }

    @Test func `a client of HTTP 1.0 gets its answer and the end of the connection`() async throws {
        try await withListener { base, _, _ in
            let answer = try await raw(base, "GET /page HTTP/1.0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(answer.contains("Content-Length: 12\r\n"))
        }
    }

    @Test func `what is not a request is refused with a problem`() async throws {
        try await withListener { base, _, _ in
            let nonsense = try await raw(base, "\u{1}\u{2}\r\n\r\n")
            #expect(nonsense.hasPrefix("HTTP/1.1 400 ") && nonsense.contains("malformed_request"))
            let large = try await raw(base, "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 80 << 10))\r\n\r\n")
            #expect(large.hasPrefix("HTTP/1.1 431 ") && large.contains("headers_too_large"))
        }
    }

    @Test func `a body in chunks is read, one that is too large is refused before its end`() async throws {
        try await withListener { base, _, _ in
            let good = try await raw(
                base,
                "POST /notes HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    + "6\r\n{\"text\r\n6\r\n\":\"c\"}\r\n0\r\n\r\n")
            #expect(good.hasPrefix("HTTP/1.1 201 "))
            let large = try await raw(base, "POST /notes HTTP/1.1\r\nContent-Length: 5000000\r\n\r\nbeginning")
            #expect(large.hasPrefix("HTTP/1.1 413 ") && large.contains("Connection: close\r\n"))
        }
    }
}
