import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Runtime
import Telemetry

/// What the control socket answers.
struct ControlRoutes {
    /// Lines of the log, or messages of a partition, that one answer holds.
    static let linesMax = 100_000
    /// How long one question waits for quiet. Who waits longer asks again: of a client that has gone, nobody tells the lab.
    static let waitMillisecondsMax = 10_000

    let operations: Operations

    func install(on router: Router<ControlContext>) {
        services(router)
        messages(router)
        databases(router)
        let operations = operations
        router.get("status") { _, _ in try Self.json(operations.status()) }
        router.get("quiet") { request, _ in
            let wait = try request.integer("wait_ms", default: 0, in: 0...Self.waitMillisecondsMax)
            return try Self.json(try await operations.quiet(within: .milliseconds(wait)))
        }
        router.get("doctor") { _, _ in try Self.json(try await operations.doctor()) }
        router.get("routes") { request, _ in try Self.json(operations.routes(of: request.text("service"))) }
        router.get("logs") { request, _ in
            let filter = LogFilter(service: request.text("service"), level: request.text("level"))
            let lines = try request.integer("lines", default: 100, in: 0...Self.linesMax)
            return operations.logs(lines: lines, filter, follow: request.text("follow") == "true")
        }
    }

    private func services(_ router: Router<ControlContext>) {
        let operations = operations
        router.get("staff") { _, _ in try Self.json(try operations.staff()) }
        router.post("services/:name/rebuild") { request, context in
            try Self.json(
                try await operations.rebuild(try context.parameters.require("name"), replacing: request.text("dry_run") != "true"))
        }
        router.post("down") { _, _ in
            operations.requestStop()
            return try Self.json(Acknowledged(accepted: true))
        }
        router.post("services/:name/stop") { _, context in try Self.json(try await operations.stop(try context.parameters.require("name")))
        }
        router.post("services/:name/start") { _, context in
            try Self.json(try await operations.start(try context.parameters.require("name")))
        }
        router.post("services/:name/restart") { _, context in
            try Self.json(try await operations.restart(try context.parameters.require("name")))
        }
    }

    private func messages(_ router: Router<ControlContext>) {
        let operations = operations.messages
        router.get("topics") { _, _ in try Self.json(try await operations.topics()) }
        router.get("topics/:name/messages") { request, context in
            try await operations.tail(
                try context.parameters.require("name"), count: try request.integer("count", default: 20, in: 0...Self.linesMax),
                follow: request.text("follow") == "true")
        }
        router.post("topics/:name/messages") { request, context in
            let order = try await request.decode(as: PublishRequest.self, context: context)
            return try Self.json(try await operations.publish(order, to: try context.parameters.require("name")))
        }
        router.get("groups") { _, _ in try Self.json(try await operations.groups()) }
        router.post("groups/:name/reset") { request, context in
            let order = try await request.decode(as: SeekRequest.self, context: context)
            return try Self.json(try await operations.seek(try context.parameters.require("name"), order))
        }
        router.post("groups/:name/remove") { request, context in
            let order = try await request.decode(as: RemoveGroupRequest.self, context: context)
            return try Self.json(try await operations.remove(try context.parameters.require("name"), order))
        }
        router.get("dlq") { request, _ in try Self.json(try await operations.deadLetters(of: request.text("group"))) }
        router.post("dlq/retry") { request, context in
            try Self.json(try await operations.retry(try await request.decode(as: DeadLetterRequest.self, context: context)))
        }
        router.post("dlq/purge") { request, context in
            try Self.json(try await operations.purge(try await request.decode(as: DeadLetterRequest.self, context: context)))
        }
    }

    private func databases(_ router: Router<ControlContext>) {
        let operations = operations
        router.get("outbox") { request, _ in try Self.json(try operations.outboxes(of: request.text("service"))) }
        router.get("inbox") { request, _ in try Self.json(try operations.inboxes(of: request.text("service"))) }
        router.get("sagas") { request, _ in
            let limit = try request.integer("limit", default: 50, in: 1...10_000)
            return try Self.json(
                try operations.sagas(status: request.text("status"), isOpenOnly: request.text("open") == "true", limit: limit))
        }
        // By query: the name may hold a slash.
        router.get("saga") { request, _ in try Self.json(try operations.saga(request.text("id") ?? "")) }
        router.post("sql") { request, context in
            let order = try await request.decode(as: SQLRequest.self, context: context)
            return try Self.json(try await operations.write(order, isDryRun: request.text("dry_run") == "true"))
        }
    }

    static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }

    /// An answer that goes on without end has an empty line at least so often.
    static let heartbeat = Duration.seconds(2)

    /// An answer of one JSON document a line, as long as `produce` goes on. Nil writes an empty line, which readers pass over: writing to a
    /// client that has gone fails, and there is no other way to learn of it.
    static func lines(_ produce: @escaping @Sendable (_ write: ((any Encodable)?) async throws -> Void) async throws -> Void) -> Response {
        let body = ResponseBody { writer in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try await produce { value in
                var buffer = ByteBuffer()
                if let value { buffer.writeBytes(try encoder.encode(value)) }
                buffer.writeInteger(UInt8(ascii: "\n"))
                try await writer.write(buffer)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }
}

/// The answer to an order that is carried out after it.
public struct Acknowledged: Codable, Sendable {
    public var accepted: Bool
}

extension Request {
    fileprivate func text(_ name: String) -> String? { uri.queryParameters[name[...]].map { String($0) } }

    /// A number outside of `range` counts as the end of it that is nearer.
    fileprivate func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = text(name) else { return standard }
        guard let value = Int(text) else { throw LabError(.usage, "\(name) must be a whole number, not \"\(text)\"") }
        return min(max(value, range.lowerBound), range.upperBound)
    }
}
