import Contracts
import DequeModule
import Foundation
import NIOCore
import NIOHTTP1

/// One connection of a listener: gathers requests, has each answered by a task on the connection's own event loop, writes the answers.
///
///     idle ── head ──▶ receiving ── end ──▶ answering ── answer written, channel writable ──▶ idle
///      │                  │                     │
///      │                  └── too large ──▶ refusing ──▶ closed
///      └── silent, quiescing, half closed ──────┴─ nothing taken of the answer ──▶ closed
///
/// One request at a time: what a client sends ahead waits, and as long as something waits nothing more is read from the socket. The next
/// one is taken when the channel has room again (NIO's default: less than 32 KiB left of at least 64), so a client that sends and does not
/// read costs one answer and that room. A client that takes nothing of an answer for the idle timeout is given up.
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
    /// The answer is written, and the channel holds too much of it for another one.
    private var awaitsRoom = false
    /// Bytes that were handed to the channel.
    private var bytesWritten = 0
    /// How much of them the system had taken when it was last seen to take nothing more, and when that was.
    private var stall: (bytesTaken: Int, since: NIODeadline)?
    private var isQuiescing = false
    /// The client sends nothing more.
    private var isInputClosed = false
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
        exchange.opened(self)
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
        exchange.closed(self)
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
        bytesWritten += buffer.readableBytes
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
            return answered()
        }
        writeWhole(reply, closingPromise())
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
        if keepsAlive { answered() } else { close() }
    }

    private func answered() {
        guard let context, context.channel.isWritable else {
            awaitsRoom = true
            return
        }
        takeNext()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if awaitsRoom, context.channel.isWritable { takeNext() }
        context.fireChannelWritabilityChanged()
    }

    private func takeNext() {
        awaitsRoom = false
        stall = nil
        lastActive = .now()
        phase = .idle
        while !waiting.isEmpty {
            if case .answering = phase { return }
            take(waiting.removeFirst())
        }
        if isInputClosed {
            guard case .answering = phase else { return send(ByteBuffer(), closingPromise()) }
            keepsAlive = false
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
            if awaitsRoom { endWithThisAnswer() }
        case ChannelEvent.inputClosed:
            // The client sends nothing more but may wait for the answer.
            isInputClosed = true
            guard case .answering = phase else { return close() }
            if waiting.isEmpty { endWithThisAnswer() }
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

    /// Takes no other request; the answer may be written already, but for what the channel still holds of it.
    private func endWithThisAnswer() {
        keepsAlive = false
        guard awaitsRoom else { return }
        awaitsRoom = false
        send(ByteBuffer(), closingPromise())
    }

    private func closingPromise() -> EventLoopPromise<Void> {
        let written = loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.close() }
        return written
    }

    /// Whether the client has taken nothing of what was written for it, for as long as the idle timeout. An answer that is still being
    /// made, and a stream that has nothing to tell, hold nothing back.
    private func isStalled() -> Bool {
        // A channel that cannot tell has no memory to bound: only sockets are used.
        guard let held = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes), held > 0 else {
            stall = nil
            return false
        }
        let taken = bytesWritten - held
        guard let stall, stall.bytesTaken == taken else {
            stall = (taken, .now())
            return false
        }
        return NIODeadline.now() - stall.since >= exchange.idleTimeout
    }

    /// One timer a connection, looked at when it fires, instead of one a request.
    private func watchIdleness(in time: TimeAmount) {
        idleCheck = loop.assumeIsolated().scheduleTask(in: time) {
            if case .answering = self.phase {
                if self.isStalled() { return self.close() }
                return self.watchIdleness(in: self.exchange.idleTimeout)
            }
            let left = self.exchange.idleTimeout - (NIODeadline.now() - self.lastActive)
            if left <= .zero { self.close() } else { self.watchIdleness(in: left) }
        }
    }
}
