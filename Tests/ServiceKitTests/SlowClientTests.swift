import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOPosix
import Runtime
import ServiceKit
import Synchronization
import Testing

/// Clients that send and do not read, or do not send to the end: what they cost, and whom they hold up.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SlowClientTests {
    /// Runs `body` with a listener whose connections all have one event loop.
    private func withListener(
        _ options: HTTPListener.Options, _ respond: @escaping @Sendable (RawRequest) async -> RawReply,
        _ body: @escaping @Sendable (HTTPListener, _ port: Int) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let world = World.live(instance: "slow")
        let listener = HTTPListener(
            "slow", at: .tcp(host: "127.0.0.1", port: 0), group: group, world: world, options: options, logger: Logger(label: "slow"),
            respond: respond)
        let running = world.spawn("listener") { try await listener.run() }
        let port = try await listener.waitUntilBound()
        let result: Result<Void, any Error>
        do { result = .success(try await body(listener, port)) } catch { result = .failure(error) }
        await listener.stop()
        _ = await running.result
        world.shutDown()
        try await group.shutdownGracefully()
        try result.get()
    }

    /// Connects, sends `text`, and reads nothing before it is told to.
    private func connect(_ port: Int, _ text: String) async throws -> Client {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (first, all) = (loop.makePromise(of: Void.self), loop.makePromise(of: Int.self))
        let channel = try await ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 64 << 10)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(first, all)) }
            }.connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text))
        return Client(channel: channel, first: first.futureResult, all: all.futureResult)
    }

    private struct Client {
        let channel: any Channel
        let first: EventLoopFuture<Void>
        /// How many bytes came until the server closed the connection.
        let all: EventLoopFuture<Int>

        func readOn() async throws { try await channel.setOption(.autoRead, value: true).get() }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var bytes = 0
        private let first: EventLoopPromise<Void>
        private let all: EventLoopPromise<Int>

        init(_ first: EventLoopPromise<Void>, _ all: EventLoopPromise<Int>) {
            self.first = first
            self.all = all
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Self.unwrapInboundIn(data).readableBytes
            first.succeed()
        }

        func channelInactive(context: ChannelHandlerContext) {
            first.succeed()
            all.succeed(bytes)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static let large = Data(repeating: 97, count: 256 << 10)

    private static func requests(_ count: Int) -> String {
        String(repeating: "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", count: count - 1)
            + "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    }

    @Test func `a client that sends ahead and does not read costs some answers, and gets all of them once it reads`() async throws {
        let answered = Counter()
        try await withListener(HTTPListener.Options()) { request in
            guard request.path == "/large" else { return RawReply() }
            answered.add()
            return RawReply(body: Self.large)
        } _: { _, port in
            let client = try await connect(port, Self.requests(200))
            // Round trips on the same event loop: time enough to make all answers, were they made.
            for _ in 0..<500 {
                let reply = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: "http://127.0.0.1:\(port)/small"), timeout: .seconds(10))
                _ = try await reply.body.collect(upTo: 1024)
            }
            // What the two sockets hold, and not 50 MiB.
            #expect(answered.value < 100, "\(answered.value) answers of 256 KiB for a client that reads nothing")
            try await client.readOn()
            #expect(try await client.all.get() > 200 * Self.large.count)
            #expect(answered.value == 200)
        }
    }

    @Test func `a client that takes nothing of its answer for the idle timeout is given up`() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        try await withListener(HTTPListener.Options(idleTimeout: .milliseconds(100))) { _ in
            RawReply { write in
                defer { end.finish() }
                while true { try await write(Self.large) }
            }
        } _: { _, port in
            _ = try await connect(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            for await _ in ended {}
        }
    }

    @Test func `neither a body that stops half-way nor an answer that nobody reads holds up a stop`() async throws {
        try await withListener(HTTPListener.Options(drainsFor: .milliseconds(100))) { _ in
            RawReply(body: Self.large)
        } _: { listener, port in
            let half = try await connect(port, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\nbeginning")
            try await half.readOn()
            try await half.first.get()
            let silent = try await connect(port, Self.requests(200))
            let began = ContinuousClock.now
            await listener.stop()
            #expect(ContinuousClock.now - began < .seconds(10))
            _ = try await half.all.get()
            try? await silent.channel.close()  // the server may have closed it already
        }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}
