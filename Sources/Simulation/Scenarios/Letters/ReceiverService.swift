import Contracts
import GRDB
import Messaging
import Reliability
import Runtime
import ServiceKit
import Storage
import Synchronization

/// Writes down what arrives, in the order in which it does, and answers.
actor ReceiverService: Microservice {
    static let declaration = ServiceDeclaration(
        api: ReceiverAPI.self, consumes: [SenderAPI.self],
        migrations: Migrations([
            .init(
                name: "0001_received",
                sql: "CREATE TABLE received(seq INTEGER PRIMARY KEY, letter INTEGER NOT NULL, address TEXT NOT NULL) STRICT")
        ]))
    /// More attempts than a run has faults that cost one.
    static let retry = RetryPolicy(attemptsMax: 20, initialDelay: .milliseconds(200), delayMax: .seconds(5))

    let context: ServiceContext
    private let stumbling = Stumbling()

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.world.lane.asUnownedSerialExecutor() }

    init(context: ServiceContext) { self.context = context }

    nonisolated func routes(_ routes: inout Routes) {
        routes.on(ReceiverAPI.address) { AddressView(name: try $0.path("name")) }
    }

    nonisolated func consumers(_ consumers: inout Consumers) {
        consumers.group("receiver", topics: [SenderAPI.events], retry: Self.retry) { handlers in
            handlers.on(SenderAPI.sent) { [stumbling] letter, message, tx in
                // Whatever becomes of it, this is written first: a handler that fails must leave nothing behind.
                try tx.db.execute(
                    sql: "INSERT INTO received(letter, address) VALUES (?, ?)", arguments: [letter.letter, letter.address])
                try tx.publish(ReceiverAPI.received, letter, subject: message.subject)
                switch letter.kind {
                case .plain: return
                case .stumbling: try stumbling.firstTime(message.id)
                case .unreadable: throw Unreadable()
                case .refused: throw PermanentFailure("nobody of that name")
                }
            }
        }
    }
}

struct Unreadable: Error {}

/// Fails the first time that it is asked about something. Lost with the instance, which then stumbles once more.
final class Stumbling: Sendable {
    private let known = Mutex(Set<String>())

    func firstTime(_ what: String) throws {
        if known.withLock({ $0.insert(what).inserted }) { throw RetryLater("the first time of \(what)") }
    }
}
