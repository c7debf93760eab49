import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Runtime
import Synchronization
import Telemetry

/// A network listener: HTTP/1.1 on a port or a Unix socket, handing each request to a responder as one from the edge.
///
///     let listener = HTTPListener("gateway", at: .tcp(host: "127.0.0.1", port: 8080), group: group, world: world, logger: logger) {
///         await host.respond($0)
///     }
///     let task = world.spawn("gateway listener") { try await listener.run() }
///     let port = try await listener.waitUntilBound()
///
/// Requests are answered by tasks on the event loop of their connection. A handler that is an actor's method goes to the actor's lane and
/// back, with no other hop; an answer that needs no actor never leaves its thread.
///
/// Limits: bodies of 1 MiB, 64 KiB of header fields, at most 100 of them; connections beyond `connectionsMax` wait in the backlog;
/// a connection that is silent for `idleTimeout` is closed, as is one whose body takes longer than `bodyTimeout`, and one whose client takes
/// nothing of its answer (looked at every `idleTimeout`, so within twice that).
public final class HTTPListener: Sendable {
    public enum Address: Sendable, CustomStringConvertible {
        /// Port 0 takes a free one; ``waitUntilBound()`` tells which.
        case tcp(host: String, port: Int)
        case unixSocket(path: String)

        public var description: String {
            switch self {
            case .tcp(let host, let port): "\(host):\(port)"
            case .unixSocket(let path): path
            }
        }
    }

    public struct Options: Sendable {
        public var connectionsMax: Int
        public var idleTimeout: Duration
        public var bodyTimeout: Duration
        /// How long a stop waits for requests in progress.
        public var drainsFor: Duration
        /// False for listeners whose callers are trusted, the control socket for instance.
        public var isEdge: Bool

        public init(
            connectionsMax: Int = 1024, idleTimeout: Duration = .seconds(75), bodyTimeout: Duration = .seconds(30),
            drainsFor: Duration = .seconds(5), isEdge: Bool = true
        ) {
            self.connectionsMax = connectionsMax
            self.idleTimeout = idleTimeout
            self.bodyTimeout = bodyTimeout
            self.drainsFor = drainsFor
            self.isEdge = isEdge
        }
    }

    private enum State {
        case new([UnsafeContinuation<Int, any Error>])
        case bound(Int)
        case failed(any Error)
    }

    public let name: String
    public let address: Address
    private let world: World
    private let logger: Logger
    private let server: Server<HTTPConnections>
    private let state = Mutex(State.new([]))
    private let exchange: HTTPExchange
    private let drainsFor: Duration

    /// - Parameters:
    ///   - group: event loops for the sockets, shared by all listeners of a process.
    ///   - respond: answers every request; never throws.
    public init(
        _ name: String, at address: Address, group: any EventLoopGroup, world: World, options: Options = Options(), logger: Logger,
        respond: @escaping @Sendable (RawRequest) async -> RawReply
    ) {
        self.name = name
        self.address = address
        self.world = world
        self.logger = logger
        let exchange = HTTPExchange(world: world, options: options, respond: respond)
        self.exchange = exchange
        drainsFor = options.drainsFor
        let bind: BindAddress =
            switch address {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unixSocket(let path): .unixDomainSocket(path: path)
            }
        let box = BoundReport()
        server = Server(
            childChannelSetup: HTTPConnections(exchange: exchange, executors: EventLoopExecutors(group)),
            configuration: ServerConfiguration(
                address: bind, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(options.connectionsMax, logger: logger)),
            onServerRunning: { channel in box.report(channel.localAddress?.port ?? 0) }, eventLoopGroup: group, logger: logger)
        box.install { [weak self] port in self?.settle(.bound(port)) }
    }

    /// Listens until ``stop()`` or until the task is cancelled.
    /// - Throws: ``ListenerError`` when the address cannot be taken.
    public func run() async throws {
        do {
            try await server.run()
            settle(.failed(ListenerError(code: .stopped, message: "the listener \(name) has been stopped")))
        } catch {
            let failure = ListenerError.explaining(error, listener: name, address: address)
            settle(.failed(failure))
            throw failure
        }
    }

    /// Waits until the listener accepts connections.
    /// - Returns: the port it has; 0 for a Unix socket.
    /// - Throws: ``ListenerError`` when it could not be bound.
    public func waitUntilBound() async throws -> Int {
        try await world.suspend("\(name) to listen on \(address)") { (continuation: UnsafeContinuation<Int, any Error>) in
            let settled: Result<Int, any Error>? = state.withLock { state in
                switch state {
                case .new(let waiting):
                    state = .new(waiting + [continuation])
                    return nil
                case .bound(let port): return .success(port)
                case .failed(let error): return .failure(error)
                }
            }
            if let settled { continuation.resume(with: settled) }
        }
    }

    /// The port, once bound.
    public var port: Int? {
        state.withLock { state in
            if case .bound(let port) = state { return port }
            return nil
        }
    }

    /// Accepts no more connections, ends streams, lets requests in progress finish; after `drainsFor` closes what is left, so that nobody
    /// outside can hold it up.
    public func stop() async {
        exchange.closeStreams()
        let patience = world.spawn("\(name) drains") { [world, exchange, drainsFor] in
            try await world.sleep(for: drainsFor)
            exchange.closeAll()
        }
        defer { patience.cancel() }
        do {
            try await server.shutdownGracefully()
        } catch {
            logger.warning("listener not closed cleanly", metadata: ["listener": "\(name)", "error": "\(error)"])
        }
    }

    private func settle(_ outcome: State) {
        let waiting: [UnsafeContinuation<Int, any Error>] = state.withLock { state in
            defer { state = outcome }
            if case .new(let waiting) = state { return waiting }
            return []
        }
        for continuation in waiting {
            switch outcome {
            case .bound(let port): continuation.resume(returning: port)
            case .failed(let error): continuation.resume(throwing: error)
            case .new: break
            }
        }
    }
}

/// How a listener's connections are set up; who answers them is the connection itself.
private struct HTTPConnections: ServerChildChannel {
    struct Value: ServerChildChannelValue { let channel: any Channel }

    let exchange: HTTPExchange
    let executors: EventLoopExecutors

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = 16 << 10
            limits.maxHeaderListSize = 64 << 10
            limits.maxHeaderFieldCount = 100
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
            try pipeline.addHandler(HTTPConnection(channel, exchange: exchange, executor: executors.executor(of: channel.eventLoop)))
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // However it ended, it has.
            try? await value.channel.closeFuture.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}

/// Carries the bound port out of a server that is made before its listener is complete.
private final class BoundReport: Sendable {
    private let body = Mutex<(@Sendable (Int) -> Void)?>(nil)
    func install(_ report: @escaping @Sendable (Int) -> Void) { body.withLock { $0 = report } }
    func report(_ port: Int) { body.withLock { $0 }?(port) }
}

/// A listener that cannot listen.
public struct ListenerError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable { case portInUse, notPermitted, addressUnknown, stopped, other }
    public let code: Code
    /// What happened and what to do about it.
    public let message: String
    public var description: String { message }

    static func explaining(_ error: any Error, listener: String, address: HTTPListener.Address) -> ListenerError {
        if let known = error as? ListenerError { return known }
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            return ListenerError(
                code: .portInUse,
                message: "\(listener) cannot listen on \(address): the port is in use by another program. "
                    + "Choose others with --port-base N, or take free ones with --isolated.")
        case EACCES, EPERM:
            return ListenerError(
                code: .notPermitted,
                message: "\(listener) may not listen on \(address): ports below 1024 need privileges. Choose others with --port-base N.")
        case EADDRNOTAVAIL:
            return ListenerError(
                code: .addressUnknown, message: "\(listener) cannot listen on \(address): this machine does not have that address.")
        default:
            return ListenerError(code: .other, message: "\(listener) cannot listen on \(address): \(error)")
        }
    }
}
