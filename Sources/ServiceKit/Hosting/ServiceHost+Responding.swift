import Contracts
import Foundation
import Logging
import Messaging
import Runtime
import Storage
import Synchronization
import Telemetry

extension ServiceHost: RequestAnswering {
    public var isAnswering: Bool { state == .ready }

    /// Answers one request, whatever happens: errors become problems, and what went wrong inside is logged, not told.
    public func respond(_ request: RawRequest) async -> RawReply {
        inFlight.wrappingAdd(1, ordering: .relaxed)
        defer { inFlight.wrappingSubtract(1, ordering: .releasing) }
        let began = world.now
        var request = request
        request.cause = cause(of: request)
        var metrics: OperationMetrics?
        var reply: RawReply
        do {
            if request.origin == .edge {
                try edge.admit(&request)
            } else if request.principal == nil {
                request.principal = Principal(headers: request.headers)
            }
            reply = try await route(&request, &metrics)
        } catch {
            reply = failure(error, request)
        }
        if request.method == "HEAD", !reply.body.isEmpty {
            reply.headers["Content-Length"] = String(reply.body.count)
            reply.body = Data()
        }
        if reply.headers["X-Request-ID"] == nil { reply.headers.add("X-Request-ID", request.cause.correlationID) }
        if let traceparent = request.cause.traceparent, reply.headers["traceparent"] == nil {
            reply.headers.add("traceparent", traceparent)
        }
        for mark in marks { mark(request, &reply) }
        metrics?.record(status: reply.status, took: world.now - began)
        return reply
    }

    /// - Parameter metrics: of whatever answers, as soon as it is known; an answer by nobody is not counted.
    private func route(_ request: inout RawRequest, _ metrics: inout OperationMetrics?) async throws -> RawReply {
        switch table.match(method: request.method, path: request.path) {
        case .endpoint(let index, let values):
            let handler = handlers[index]
            metrics = handler.metrics
            // While the instance is not ready it tells its health and nothing else.
            if state != .ready, !PlatformEndpoints.answersAlways(handler.declaration) { throw notReady }
            try handler.declaration.access.check(request, isEnforced: options.authenticates)
            guard request.body.count <= RequestBodyReading.bytesMax else {
                throw Problem.payloadTooLarge(bytesMax: RequestBodyReading.bytesMax)
            }
            request.parameters = PathParameters(names: handler.parameterNames, values: values)
            request.storeLane = storeLane
            return try await handler.invoke(request)
        case .wrongMethod(let allowed):
            if let fallback {
                metrics = fallback.metrics
                return try await fallback.invoke(request)
            }
            if request.method == "OPTIONS" { return RawReply(status: 204, headers: ["Allow": allowed.joined(separator: ", ")]) }
            throw Problem.methodNotAllowed(request.method, allowed: allowed)
        case .none:
            metrics = fallback?.metrics
            if state != .ready { throw notReady }
            guard request.body.count <= RequestBodyReading.bytesMax else {
                throw Problem.payloadTooLarge(bytesMax: RequestBodyReading.bytesMax)
            }
            if let fallback { return try await fallback.invoke(request) }
            let near = table.near(request.path)
            let hint = near.isEmpty ? "See /openapi.json for what there is." : "Near: \(near.joined(separator: ", "))."
            throw Problem.notFound(code: "path_not_found", detail: "There is nothing at \(request.path.prefix(200)). \(hint)")
        }
    }

    private var notReady: Problem { .unavailable("\(displayName) is \(state).", code: "not_ready", retryAfter: .seconds(1)) }

    /// The request's own correlation and trace, or new ones.
    private func cause(of request: RawRequest) -> Cause {
        let id = request.headers["X-Request-ID"].flatMap { Self.isAcceptable($0) ? $0 : nil } ?? world.makeID()
        let parent = request.headers["traceparent"].flatMap(TraceContext.init(traceparent:))
        let span = parent?.child(random: world.random) ?? TraceContext.new(random: world.random)
        return Cause(correlationID: id, causationID: id, traceparent: span.traceparent)
    }

    /// Identifiers from outside end up in logs, headers and messages: 1 to 128 printable ASCII characters.
    private static func isAcceptable(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 128 && id.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    }

    private func failure(_ error: any Error, _ request: RawRequest) -> RawReply {
        var problem: Problem
        switch error {
        case let known as Problem:
            problem = known
            if known.status == 500 { report(known.description, id: known.code, request) }
        case let convertible as any ProblemConvertible: problem = convertible.problem
        case is CancellationError: problem = .unavailable("\(displayName) was stopped before it could answer.", code: "cancelled")
        case is InstanceCrash: problem = .unavailable("The connection to \(displayName) was lost.", code: "connection_lost")
        case let storage as StorageError where storage.code == .closed: problem = notReady
        case let storage as StorageError where storage.code == .deviceFull:
            report("\(storage)", id: request.cause.correlationID, request)
            problem = .insufficientStorage(
                "The disk of \(displayName) is full: nothing was written. Once there is room, it goes on by itself.")
        // The outbox refused what the request would have told others; its write is undone.
        case let tooLarge as BusError where tooLarge.code == .payloadTooLarge: problem = .messageTooLarge(bytesMax: Message.payloadBytesMax)
        default:
            let id = world.makeID()
            report("\(error)", id: id, request)
            problem = .internalError(id: id)
        }
        problem.instance = String(request.path.prefix(500))
        problem.request_id = request.cause.correlationID
        return .problem(problem)
    }

    /// Finds its way back from the answer: by `error_id`, by the problem's `request_id`, or by the trace.
    private func report(_ error: String, id: String, _ request: RawRequest) {
        logger.error(
            "request failed",
            metadata: [
                "error_id": "\(id)", "error": "\(error)", "method": "\(request.method)", "path": "\(request.path)",
                "correlation_id": "\(request.cause.correlationID)", "traceparent": "\(request.cause.traceparent ?? "")",
            ])
    }
}
