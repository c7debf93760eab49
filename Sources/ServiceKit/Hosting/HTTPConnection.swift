import Contracts
import Foundation
import NIOCore
import NIOHTTP1

/// One connection of a listener: gathers requests, has each answered by a task on the connection's own event loop, writes the answers.
///
///     idle ── head ──▶ receiving ── end ──▶ answering ── answer written ──▶ idle
///      │                  │                     │
///      │                  └── too large ──▶ refusing ──▶ closed
///      └── silent, quiescing, half closed ──────┴──────▶ closed
///
/// Stands behind NIO's pipelining handler: the next request's head comes after this one's answer, and it closes idle connections when
/// the listener stops.
final class HTTPConnection: ChannelInboundHandler, @unchecked Sendable {
    // Unchecked: everything but `exchange`, `executor` and `loop` is confined to the event loop.
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        case idle
        case receiving(HTTPRequestHead, ByteBuffer?)
        case answering
        /// The request has been refused; what still comes of it is dropped.
        case refusing
    }

    let loop: any EventLoop
    private let exchange: HTTPExchange
    private let executor: EventLoopExecutor
    private let remoteAddress: String?
    private var context: ChannelHandlerContext?
    private var phase = Phase.idle
    private var version = HTTPVersion.http1_1
    private var isHead = false
    private var keepsAlive = true
    private var lastActive: NIODeadline
    private var idleCheck: Scheduled<Void>?
    private var bodyTimeout: Scheduled<Void>?

    init(_ channel: any Channel, exchange: HTTPExchange, executor: EventLoopExecutor) {
        loop = channel.eventLoop
        self.exchange = exchange
        self.executor = executor
        remoteAddress = channel.remoteAddress?.ipAddress
        lastActive = .now()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        watchIdleness(in: exchange.idleTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        context = nil
        idleCheck?.cancel()
        bodyTimeout?.cancel()
        exchange.streamEnded(self)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let part): gather(part)
        case .end: complete()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        version = head.version
        isHead = head.method == .HEAD
        keepsAlive = head.isKeepAlive
        phase = .receiving(head, nil)
        guard HTTPExchange.hasBody(head.headers) else { return }
        lastActive = .now()
        if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > RequestBodyReading.bytesMax {
            return refuse()
        }
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context?.writeAndFlush(Self.wrapOutboundOut(.head(HTTPResponseHead(version: version, status: .continue))), promise: nil)
        }
        // A client that sends its body one byte at a time does not hold the connection for long.
        bodyTimeout = loop.assumeIsolated().scheduleTask(in: exchange.bodyTimeout) { self.close() }
    }

    private func gather(_ part: ByteBuffer) {
        guard case .receiving(let head, let gathered) = phase else { return }
        phase = .idle  // so that the buffer has one owner and grows in place
        guard var buffer = gathered else {
            phase = .receiving(head, part)
            if part.readableBytes > RequestBodyReading.bytesMax { refuse() }
            return
        }
        var part = part
        buffer.writeBuffer(&part)
        phase = .receiving(head, buffer)
        if buffer.readableBytes > RequestBodyReading.bytesMax { refuse() }
    }

    private func complete() {
        bodyTimeout?.cancel()
        bodyTimeout = nil
        guard case .receiving(let head, let body) = phase else { return }
        phase = .answering
        let request = exchange.request(head, body, remoteAddress: remoteAddress, executor: executor)
        exchange.answer(request, on: self, executor)
    }

    private func refuse() {
        bodyTimeout?.cancel()
        bodyTimeout = nil
        keepsAlive = false
        phase = .refusing
        writeWhole(.problem(.payloadTooLarge(bytesMax: RequestBodyReading.bytesMax)), promise: nil)
        // The client may read the answer; the rest of its body is not worth receiving.
        loop.assumeIsolated().scheduleTask(in: .seconds(2)) { self.close() }
    }

    // MARK: Answers

    /// Writes a whole answer. On the event loop.
    func finish(_ reply: RawReply) {
        guard case .answering = phase else { return }
        // The length of a stream is not known, so the end of its head's connection is the end of the answer.
        if reply.stream != nil { keepsAlive = false }
        if keepsAlive { return writeWhole(reply, promise: nil) }
        let written = loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.close() }
        writeWhole(reply, promise: written)
    }

    private func writeWhole(_ reply: RawReply, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if case .answering = phase { phase = .idle }
        let (head, body) = exchange.response(reply, version: version, isHead: isHead, keepsAlive: keepsAlive, context.channel.allocator)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: promise)
        lastActive = .now()
    }

    /// Writes the head of an answer whose body comes piece by piece. On the event loop.
    func beginStream(_ reply: RawReply) {
        if version == .http1_0 { keepsAlive = false }
        let (head, _) = exchange.response(reply, version: version, isHead: isHead, keepsAlive: keepsAlive, nil)
        context?.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Returns when the piece has been handed to the system: a slow client slows its stream down.
    func writePiece(_ data: Data) async throws {
        let written = loop.makePromise(of: Void.self)
        loop.execute {
            guard let context = self.context else { return written.fail(ChannelError.ioOnClosedChannel) }
            context.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: data)))), promise: written)
        }
        try await written.futureResult.get()
    }

    /// On the event loop.
    func endStream(isComplete: Bool) {
        phase = .idle
        lastActive = .now()
        guard isComplete, keepsAlive, let context else {
            if isComplete, let context { context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil) }
            return close()
        }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: The end

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            // The client sends nothing more but may wait for the answer.
            if case .answering = phase { keepsAlive = false } else { close() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// On the event loop.
    func close() { context?.close(promise: nil) }

    /// One timer a connection, looked at when it fires, instead of one a request.
    private func watchIdleness(in time: TimeAmount) {
        idleCheck = loop.assumeIsolated().scheduleTask(in: time) {
            if case .answering = self.phase { return self.watchIdleness(in: self.exchange.idleTimeout) }
            let silentSince = NIODeadline.now() - self.lastActive
            if silentSince >= self.exchange.idleTimeout {
                self.close()
            } else {
                self.watchIdleness(in: self.exchange.idleTimeout - silentSince)
            }
        }
    }
}
