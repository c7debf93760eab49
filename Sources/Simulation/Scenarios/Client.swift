import Contracts
import Foundation
import Lab
import Messaging
import Runtime
import ServiceKit

/// Somebody outside of the lab who asks until there is an answer: typed requests over the simulated network, repeated with the same
/// idempotency key while the lab is busy, starting or gone.
///
///     let client = Client(lab, named: "ana")
///     let room: Room = try await client.send(.post, "/rooms", NewRoom(beds: 2))
///
/// Each name is an instance of its own, with its own lane and random stream.
public struct Client: Sendable {
    public let lab: SimulatedLab
    public let world: World
    /// Sent with every request.
    public var token: String?
    /// How long a request is repeated that was not answered for good: on 429, 500, 502, 503 and 504.
    public var patience = RetryPolicy(attemptsMax: 30, initialDelay: .milliseconds(100), delayMax: .seconds(10))
    /// Asks a service directly instead of the gateway.
    public var service: String?

    public init(_ lab: SimulatedLab, named name: String = "client", service: String? = nil) {
        self.lab = lab
        self.service = service
        world = lab.clients.world(name, in: lab.world)
    }

    /// - Parameter key: names the request; a new one when nil. A request that is sent again under its key takes effect once.
    /// - Throws: `Problem` when the lab refuses, or does not answer as long as ``patience`` lasts.
    public func send<Output: Decodable & Sendable>(
        _ verb: HTTPVerb, _ path: String, _ body: some Encodable & Sendable, key: String? = nil
    ) async throws -> Output {
        let data = try JSONCoding.encode(body)
        return try Self.decode(try await reply(verb, path, data, key: key ?? world.makeID()), verb, path)
    }

    /// What `body` gives; nil when the lab did not answer for good, or could not say what became of a request: nothing was promised then.
    ///
    ///     guard let order = try await client.attempt({ try await client.send(…) as Order }) else { return }
    ///
    /// - Throws: what `body` throws, but for problems of status 500 and above.
    public func attempt<Output: Sendable>(_ body: @Sendable () async throws -> Output) async throws -> Output? {
        do {
            return try await body()
        } catch let problem as Problem where problem.status >= 500 || problem.status == 429 {
            lab.journal.record(Journal.gaveUp, world.instance, ["because": "\(problem.status) \(problem.code): \(problem.detail)"])
            return nil
        }
    }

    public func get<Output: Decodable & Sendable>(_ path: String) async throws -> Output {
        try Self.decode(try await reply(.get, path, Data(), key: nil), .get, path)
    }

    private static func decode<Output: Decodable>(_ reply: RawReply, _ verb: HTTPVerb, _ path: String) throws -> Output {
        if let nothing = NoBody() as? Output { return nothing }
        do { return try JSONCoding.decode(Output.self, from: reply.body) } catch {
            throw UnreadableReply(
                request: "\(verb.rawValue) \(path)", status: reply.status, type: "\(Output.self)",
                body: String(decoding: reply.body.prefix(400), as: UTF8.self), error: "\(error)")
        }
    }

    public func reply(_ verb: HTTPVerb, _ path: String, _ body: Data, key: String?) async throws -> RawReply {
        var attempt = 1
        while true {
            let reply = await lab.call(verb, path, body: body, token: token, key: key, service: service)
            guard let problem = reply.problem else { return reply }
            let isPassing = problem.status >= 500 || problem.status == 429
            guard isPassing, let delay = patience.delay(afterAttempt: attempt, random: world.random) else { throw problem }
            attempt += 1
            try await world.sleep(for: delay)
        }
    }
}

/// A reply that is not what the client asked for.
public struct UnreadableReply: Error, Sendable, CustomStringConvertible {
    public let request: String
    public let status: Int
    public let type: String
    public let body: String
    public let error: String

    public var description: String {
        "\(request) was answered \(status) with what is no \(type): \(body.isEmpty ? "nothing" : body)\n\(error)"
    }
}
