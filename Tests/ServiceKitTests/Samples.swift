import Contracts
import Foundation
import Logging
import Messaging
import Runtime
import ServiceKit
import Storage
import Synchronization
import Telemetry

/// A peer that NotesService may call.
enum EchoAPI: ServiceAPI {
    static let name = "echo"
    static let summary = "Answers."
    static let echo = Endpoint<NoteCount, NoteCount>(.put, "/echo", "echo", summary: "Answers what it is told.", access: .public)
    static let tell = Endpoint<NoteCount, NoteCount>(.post, "/tell", "tell", summary: "Not repeatable.", access: .public)
    static let commands = Topic("echo-commands")
    static let endpoints = [echo.declaration, tell.declaration]
    static let topics = [commands]
}

/// A peer that nobody declares.
enum StrangerAPI: ServiceAPI {
    static let name = "stranger"
    static let summary = "Unknown."
    static let ask = Endpoint<NoBody, NoteCount>(.get, "/ask", "ask", summary: "Asks.", access: .public)
    static let endpoints = [ask.declaration]
}

/// Answers with what a script says, one entry a request; the last one again and again.
final class ScriptedPeer: RequestAnswering {
    enum Answer: Sendable { case reply(RawReply), never }
    let instance: String
    private let world: World
    private let state: Mutex<(script: [Answer], requests: [RawRequest], isAnswering: Bool)>

    init(_ instance: String = "echo", world: World, _ script: [Answer]) {
        self.instance = instance
        self.world = world
        state = Mutex((script, [], true))
    }

    var requests: [RawRequest] { state.withLock { $0.requests } }
    var isAnswering: Bool {
        get { state.withLock { $0.isAnswering } }
        set { state.withLock { $0.isAnswering = newValue } }
    }

    func respond(_ request: RawRequest) async -> RawReply {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.script.count > 1 ? state.script.removeFirst() : state.script[0]
        }
        switch answer {
        case .reply(let reply): return reply
        case .never:
            // The caller's deadline ends this wait; whether it is cancelled then is not what is tested.
            try? await world.sleep(for: .seconds(1_000_000))
            return RawReply(status: 500)
        }
    }
}

/// Keeps what is published and delivers what a test hands over.
final class RecordingBus: MessageBus {
    let capabilities: BusCapabilities = []
    private let world: World
    private let state = Mutex((topics: [String](), published: [Message](), subscriptions: [Subscription](), refusal: BusError?.none))
    private let inbox: Inbox

    init(world: World) {
        self.world = world
        inbox = Inbox(world: world)
    }

    var published: [Message] { state.withLock { $0.published } }
    var topics: [String] { state.withLock { $0.topics } }
    var subscriptions: [Subscription] { state.withLock { $0.subscriptions } }
    var answered: [Receipt] { inbox.acknowledged.withLock { $0 } }

    func declare(_ topics: [Topic]) async throws { state.withLock { $0.topics += topics.map(\.name) } }

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.published += batch
        }
        return batch.map { _ in nil }
    }

    func subscribe(_ subscription: Subscription) async throws -> any BusSubscription {
        state.withLock { $0.subscriptions.append(subscription) }
        return inbox
    }

    /// While it is set, nothing can be published.
    var refusal: BusError? {
        get { state.withLock { $0.refusal } }
        set { state.withLock { $0.refusal = newValue } }
    }

    func deliver(_ message: Message) { inbox.waiting.withLock { $0.append(message) } }

    final class Inbox: BusSubscription {
        let world: World
        let waiting = Mutex([Message]())
        let acknowledged = Mutex([Receipt]())
        init(world: World) { self.world = world }

        func next(max: Int) async throws -> [Delivery] {
            while true {
                let messages = waiting.withLock { waiting in
                    defer { waiting = [] }
                    return waiting
                }
                if !messages.isEmpty {
                    return messages.enumerated().map { index, message in
                        let position = Position(topic: message.topic, partition: 0, offset: UInt64(index))
                        return Delivery(
                            message: message, receipt: Receipt(group: "notes-copies", position: position, generation: 1), attempt: 1)
                    }
                }
                try await world.sleep(for: .milliseconds(1))
            }
        }
        func acknowledge(_ receipts: [Receipt]) async throws { acknowledged.withLock { $0 += receipts } }
        func negativeAcknowledge(_ refusals: [Refusal]) async throws {}
        func close() async {}
    }
}

/// Only what a host asks: the groups.
extension RecordingBus: BusInspecting {
    func groups() async throws -> [GroupStatus] {
        let partition = GroupStatus.Partition(
            topic: "note-events", partition: 0, committed: 3, next: 10, lag: 7, inFlight: 0, retrying: 0, member: "notes")
        return ["notes-copies", "somebody-else"].map {
            GroupStatus(name: $0, generation: 1, members: ["notes"], partitions: [partition], deadLetters: 2)
        }
    }

    private var unknown: BusError { BusError(.device, "this bus keeps nothing") }
    func topics() async throws -> [TopicStatus] { throw unknown }
    func browse(topic: String, partition: Int, from offset: UInt64, max: Int) async throws -> [LoggedMessage] { throw unknown }
    func seek(group: String, topic: String, to target: SeekTarget) async throws { throw unknown }
    func remove(group: String) async throws -> UInt64 { throw unknown }
    func deadLetters(group: String?) async throws -> [DeadLetter] { throw unknown }
    func retryDeadLetters(group: String, ids: [String]?) async throws -> Int { throw unknown }
    func purgeDeadLetters(group: String, ids: [String]?) async throws -> Int { throw unknown }
    func flush() async throws { throw unknown }
    func statistics() async throws -> BusStatistics { throw unknown }
}

/// Accepts `good-<user>` and `good-<user>-<role>`, and knows one expired token.
struct SampleTokens: TokenVerifying {
    func principal(bearer token: String, now: Timestamp) throws -> Principal {
        let parts = token.split(separator: "-").map { String($0) }
        if token == "old" { throw Problem.unauthorized(code: "token_expired", detail: "The access token has expired; refresh it.") }
        guard parts.count >= 2, parts[0] == "good" else {
            throw Problem.unauthorized(code: "token_invalid", detail: "The access token is not valid.")
        }
        return Principal(userID: parts[1], roles: Set(parts.dropFirst(2)))
    }
}

/// A notes service that runs in a simulated world, and everything around it.
struct NotesLab: Sendable {
    let host: ServiceHost
    let bus: RecordingBus
    let sink: LogSink
    let context: ServiceContext
    let world: World

    static func with<T: Sendable>(
        seed: UInt64 = 1, options: HostOptions = HostOptions(tokens: SampleTokens()), settings: [String: String] = [:],
        _ body: @escaping @Sendable (NotesLab) async throws -> T
    ) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("servicekit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover temporary folder harms nobody
        return try SimulatedRun(seed: seed).execute { main in
            let lab = try make(main: main, folder: folder, options: options, settings: settings)
            try await lab.host.start()
            let result = try await body(lab)
            await lab.host.stop()
            return result
        }
    }

    static func make(main: World, folder: URL, options: HostOptions, settings: [String: String] = [:]) throws -> NotesLab {
        let world = main.instance("notes")
        let sink = LogSink()
        let context = ServiceContext(
            declaration: NotesService.declaration, world: world,
            store: try ServiceStore.open(
                world: world, service: "notes", file: folder.appendingPathComponent("notes.sqlite"),
                migrations: NotesService.declaration.migrations),
            settings: Settings(settings), logger: ServiceLogHandler.logger(service: "notes", world: world, sink: sink),
            secrets: SecretStore(derivedFrom: 1), directory: ServiceDirectory())
        let bus = RecordingBus(world: main)
        let host = ServiceHost(try NotesService(context: context), context: context, bus: bus, options: options)
        return NotesLab(host: host, bus: bus, sink: sink, context: context, world: main)
    }

    func get(_ target: String, headers: Headers = [:], origin: RawRequest.Origin = .peer) async -> RawReply {
        await host.respond(RawRequest(.get, target, headers: headers, origin: origin))
    }

    func post(_ target: String, _ body: String, headers: Headers = [:], origin: RawRequest.Origin = .peer) async -> RawReply {
        await host.respond(RawRequest(.post, target, headers: headers, body: Data(body.utf8), origin: origin))
    }
}

extension RawReply {
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { get throws { try JSONCoding.decode(JSONValue.self, from: body) } }
    func errors() throws -> [FieldError] { try JSONCoding.decode(Problem.self, from: body).errors ?? [] }
}
