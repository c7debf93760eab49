import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Runtime

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The control API: HTTP with JSON on a Unix socket that only the lab's owner can open. `labctl` speaks to nothing else.
final class ControlServer: Sendable {
    private let socket: String
    private let task: Task<Void, any Error>

    /// Listens, or throws.
    static func start(_ operations: Operations, socket: String, world: World, group: any EventLoopGroup, logger: Logger) async throws
        -> ControlServer
    {
        // A file mode set after bind would leave a moment in which others could connect, and a mask is the whole process's: so the socket is
        // made in a folder that nobody else may enter, and put in its place when only its owner can open it.
        let porch = socket + ".new"
        let door = porch + "/s"
        unlink(door)
        rmdir(porch)
        unlink(socket)
        guard mkdir(porch, 0o700) == 0 else { throw refusal(socket, String(cString: strerror(errno))) }
        defer {
            unlink(door)
            rmdir(porch)
        }
        let router = Router(context: ControlContext.self)
        router.add(middleware: ControlErrors())
        ControlRoutes(operations: operations).install(on: router)
        let responder = router.buildResponder()
        // It is ended by cancelling it, for a follower of the log would hold up any other end; the server takes that for an error.
        var logger = logger
        logger.logLevel = .critical
        let (ready, announce) = AsyncStream.makeStream(of: Void.self)
        let application = Application(
            responder: responder, configuration: ApplicationConfiguration(address: .unixDomainSocket(path: door)),
            onServerRunning: { _ in announce.yield() }, eventLoopGroupProvider: .shared(group), logger: logger)
        let task = world.spawn("control") {
            defer { announce.finish() }
            try await application.run()
        }
        for await _ in ready {
            guard chmod(door, 0o600) == 0, rename(door, socket) == 0 else {
                let reason = String(cString: strerror(errno))
                task.cancel()
                _ = await task.result
                throw refusal(socket, reason)
            }
            return ControlServer(socket: socket, task: task)
        }
        // It ended without having listened: the task has the reason.
        do {
            try await task.value
        } catch {
            throw refusal(socket, "\(error)")
        }
        throw refusal(socket, "it closed at once")
    }

    private static func refusal(_ socket: String, _ why: String) -> LabError {
        LabError(.failed, "the control socket \(socket) cannot be opened", why: why, next: "labctl up --data DIR")
    }

    private init(socket: String, task: Task<Void, any Error>) {
        self.socket = socket
        self.task = task
    }

    func stop() async {
        task.cancel()
        _ = await task.result
        unlink(socket)
    }
}

struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    init(source: ApplicationRequestContextSource) { coreContext = CoreRequestContextStorage(source: source) }
    /// Statements and payloads, never files.
    var maxUploadSize: Int { 4 << 20 }
}

/// Answers every failure with a ``LabError`` as JSON.
struct ControlErrors: RouterMiddleware {
    func handle(_ request: Request, context: ControlContext, next: (Request, ControlContext) async throws -> Response) async throws
        -> Response
    {
        do {
            return try await next(request, context)
        } catch let error as LabError {
            return try ControlRoutes.json(error, error.kind == .usage ? .badRequest : .internalServerError)
        } catch let error as HTTPError where error.status == .notFound {
            let known = LabError(
                .usage, "the control API has no \(request.method.rawValue) \(request.uri.path)",
                next: "is labctl the build that started the lab?")
            return try ControlRoutes.json(known, .notFound)
        } catch {
            return try ControlRoutes.json(LabError(.failed, "\(error)"), .internalServerError)
        }
    }
}
