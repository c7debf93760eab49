import Contracts
import GRDB
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage

/// One table, one outbox, one consumer, two kinds of timers: nothing but the platform's mechanisms.
actor SenderService: Microservice {
    static let declaration = ServiceDeclaration(
        api: SenderAPI.self, consumes: [ReceiverAPI.self],
        migrations: Migrations([
            .init(
                name: "0001_letters",
                sql: """
                    CREATE TABLE letter(
                      id INTEGER PRIMARY KEY, address TEXT NOT NULL, kind TEXT NOT NULL, receipts INTEGER NOT NULL DEFAULT 0) STRICT;
                    CREATE TABLE reminder(seq INTEGER PRIMARY KEY, letter INTEGER NOT NULL) STRICT;
                    """)
        ]))
    static let remindsAfter = Duration.seconds(30)

    let context: ServiceContext
    private let receiver: ServiceClient<ReceiverAPI>
    private let stumbling = Stumbling()

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.world.lane.asUnownedSerialExecutor() }

    init(context: ServiceContext) {
        self.context = context
        receiver = context.client(ReceiverAPI.self)
    }

    /// A timer that is far away: nearer ones must not wait for it.
    func start() async throws {
        try await context.store.write(cause: Cause(correlationID: "sender-start")) { tx in
            try tx.keepTimer("archive", subject: "all", at: tx.now + .hours(1))
        }
    }

    nonisolated func routes(_ routes: inout Routes) { routes.on(SenderAPI.send) { try await self.send($0) } }

    private func send(_ request: Request<NewLetter>) async throws -> LetterView {
        let letter = request.body
        _ = try await receiver.call(ReceiverAPI.address, path: ["name": letter.address], cause: request.cause)
        return try await request.commit(context.store) { tx in
            try tx.db.execute(
                sql: "INSERT INTO letter(address, kind) VALUES (?, ?)", arguments: [letter.address, letter.kind.rawValue])
            let id = tx.db.lastInsertedRowID
            try tx.publish(
                SenderAPI.sent, Letter(letter: id, address: letter.address, kind: letter.kind), subject: String(id), key: letter.address)
            try tx.setTimer("reminder", subject: String(id), at: tx.now + Self.remindsAfter)
            return LetterView(id: id)
        }
    }

    nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("sender", topics: [ReceiverAPI.events]) { handlers in
            handlers.on(ReceiverAPI.received) { letter, _, tx in
                try tx.db.execute(sql: "UPDATE letter SET receipts = receipts + 1 WHERE id = ?", arguments: [letter.letter])
            }
        }
    }

    nonisolated func timers(_ timers: inout TimerHandlers) {
        timers.on("archive") { _, _ in }
        timers.on("reminder") { [stumbling] timer, tx in
            try tx.db.execute(sql: "INSERT INTO reminder(letter) VALUES (?)", arguments: [timer.subject])
            let kind = try String.fetchOne(tx.db, sql: "SELECT kind FROM letter WHERE id = ?", arguments: [timer.subject])
            if kind == LetterKind.stumbling.rawValue { try stumbling.firstTime(timer.subject) }
        }
    }
}
