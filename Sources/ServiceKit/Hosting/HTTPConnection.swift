import Contracts
import DequeModule
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
/// One request at a time: what a client sends ahead waits, and as long as something waits nothing more is read from the socket.
final class HTTPConnection: ChannelDuplexHandler, @unchecked Sendable {
    // Unchecked: everything but the constants is confined to the event loop.
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

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
    /// Sent ahead, while an earlier request is answered.
    private var waiting = Deque<HTTPServerRequestPart>()
    private var isReadHeld = false
    private var version = HTTPVersion.http1_1
    private var isHead = false
    private var keepsAlive = true
    private var isQuiescing = false
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
        waiting.removeAll()
        idleCheck?.cancel()
        bodyTimeout?.cancel()
        exchange.streamEnded(self)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        if case .answering = phase { waiting.append(part) } else { take(part) }
    }

    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty { context.read() } else { isReadHeld = true }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): gather(bytes)
        case .end: complete()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        if case .refusing = phase { return }
        version = head.version
        isHead = head.method == .HEAD
        keepsAlive = head.isKeepAlive && !isQuiescing
        phase = .receiving(head, nil)
        guard HTTPExchange.hasBody(head.headers) else { return }
        lastActive = .now()
        if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > RequestBodyReading.bytesMax {
            return refuse(.payloadTooLarge(bytesMax: RequestBodyReading.bytesMax))
        }
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" { send(HTTPResponseText.goOn) }
        // A client that sends its body one byte at a time does not hold the connection for long.
        bodyTimeout = loop.assumeIsolated().scheduleTask(in: exchange.bodyTimeout) { self.close() }
    }

    private func gather(_ part: ByteBuffer) {
        guard case .receiving(let head, let gathered) = phase else { return }
        phase = .idle  // so that the buffer has one owner and grows in place
        var body = gathered ?? part
        if gathered != nil {
            var part = part
            body.writeBuffer(&part)
        }
        phase = .receiving(head, body)
        if body.readableBytes > RequestBodyReading.bytesMax { refuse(.payloadTooLarge(bytesMax: RequestBodyReading.bytesMax)) }
    }

    private func complete() {
        bodyTimeout?.cancel()
        bodyTimeout = nil
        guard case .receiving(let head, let body) = phase else { return }
        phase = .answering
        let request = exchange.request(head, body, remoteAddress: remoteAddress, executor: executor)
        exchange.answer(request, on: self, executor)
    }

    private func refuse(_ problem: Problem) {
        bodyTimeout?.cancel()
        bodyTimeout = nil
        keepsAlive = false
        phase = .refusing
        writeWhole(.problem(problem))
        // The client may read the answer; the rest of its request is not worth receiving.
        loop.assumeIsolated().scheduleTask(in: .seconds(2)) { self.close() }
    }

    // MARK: Answers

    private var text: HTTPResponseText { HTTPResponseText(version: version, isHead: isHead, keepsAlive: keepsAlive, date: exchange.date) }

    private func send(_ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: promise)
    }

    private func writeWhole(_ reply: RawReply, _ promise: EventLoopPromise<Void>? = nil) {
        send(text.write(reply, context?.channel.allocator ?? ByteBufferAllocator()), promise)
    }

    /// Writes a whole answer. On the event loop.
    func finish(_ reply: RawReply) {
        guard case .answering = phase else { return }
        if keepsAlive {
            writeWhole(reply)
            return takeNext()
        }
        let written = loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.close() }
        writeWhole(reply, written)
    }

    /// Writes the head of an answer whose body comes piece by piece. On the event loop.
    func beginStream(_ reply: RawReply) {
        if !text.isChunked { keepsAlive = false }
        send(text.write(reply, context?.channel.allocator ?? ByteBufferAllocator()))
    }

    /// Returns when the piece has been handed to the system: a slow client slows its stream down.
    func writePiece(_ data: Data) async throws {
        let written = loop.makePromise(of: Void.self)
        loop.execute { self.send(self.text.piece(data), written) }
        try await written.futureResult.get()
    }

    /// On the event loop.
    /// - Parameter isComplete: false when the client must see that something is missing.
    func endStream(isComplete: Bool) {
        guard isComplete else { return close() }
        if text.isChunked { send(HTTPResponseText.lastPiece) }
        if keepsAlive { takeNext() } else { close() }
    }

    private func takeNext() {
        lastActive = .now()
        phase = .idle
        while !waiting.isEmpty {
            if case .answering = phase { return }
            take(waiting.removeFirst())
        }
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    // MARK: The end

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            keepsAlive = false
            if case .idle = phase { close() }
        case ChannelEvent.inputClosed:
            // The client sends nothing more but may wait for the answer.
            if case .answering = phase { keepsAlive = false } else { close() }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (phase, error) {
        case (.idle, let error as HTTPParserError), (.receiving, let error as HTTPParserError):
            refuse(
                error == .headerOverflow
                    ? Problem(status: 431, code: "headers_too_large", detail: "The header fields are larger than this server takes.")
                    : .badRequest(code: "malformed_request", detail: "This is not a request in HTTP/1.1."))
            self.close()
        default: context.close(promise: nil)
        }
    }

    /// On the event loop.
    func close() { context?.close(promise: nil) }

    /// One timer a connection, looked at when it fires, instead of one a request.
    private func watchIdleness(in time: TimeAmount) {
        idleCheck = loop.assumeIsolated().scheduleTask(in: time) {
            if case .answering = self.phase { return self.watchIdleness(in: self.exchange.idleTimeout) }
            let left = self.exchange.idleTimeout - (NIODeadline.now() - self.lastActive)
            if left <= .zero { self.close() } else { self.watchIdleness(in: left) }
        }
    }
}
