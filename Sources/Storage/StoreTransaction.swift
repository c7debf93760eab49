import Foundation
import GRDB
import Messaging
import Runtime

/// What a write closure may do: SQL on the service's own tables, and the machinery's part of the same transaction.
///
/// Valid inside the closure only.
public final class StoreTransaction {
    public let db: Database
    /// When the transaction began; one time for everything in it.
    public let now: Timestamp
    /// Why this is done; given to the messages published here.
    public let cause: Cause
    let service: String
    private let shared: Shared

    /// What all views of one transaction share.
    final class Shared { var effects = TransactionEffects() }

    init(db: Database, service: String, now: Timestamp) {
        self.db = db
        self.service = service
        self.now = now
        cause = Cause(correlationID: "")
        shared = Shared()
    }

    private init(_ other: StoreTransaction, cause: Cause) {
        db = other.db
        service = other.service
        now = other.now
        shared = other.shared
        self.cause = cause
    }

    /// The same transaction with another cause: a consumer gives each message of a batch its own.
    public func with(cause: Cause) -> StoreTransaction { StoreTransaction(self, cause: cause) }

    /// Runs `body` in a nested savepoint: when it throws, its rows, messages, timers and actions are gone, and the rest stays.
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        let before = shared.effects.mark
        try db.run("SAVEPOINT step")
        do {
            let result = try body()
            try db.run("RELEASE step")
            return result
        } catch {
            if !seeded("store.undone-messages-go-out") { shared.effects.rollBack(to: before) }
            // SQLite undoes the whole transaction by itself on some errors; then there is no savepoint to go back to.
            if db.isInsideTransaction {
                if !seeded("store.failed-writes-stay") { try db.run("ROLLBACK TO step") }
                try db.run("RELEASE step")
            }
            throw error
        }
    }

    /// Runs `action` on the lane after COMMIT, before the writers are answered; not at all when the write is undone.
    public func afterCommit(_ action: @escaping @Sendable () -> Void) { shared.effects.afterCommit.append(action) }

    var effects: TransactionEffects { shared.effects }

    func perform(_ write: any PendingWrite) throws { try write.run(in: with(cause: write.cause)) }

    func noteOutbox(_ row: OutboxRow) { shared.effects.outbox.append(row) }
    func noteTimer(at time: Timestamp) { shared.effects.timers.append(time) }
}

/// What follows a commit: rows for the relay, timers to watch, actions to run.
struct TransactionEffects {
    var outbox = [OutboxRow]()
    var timers = [Timestamp]()
    var afterCommit = [@Sendable () -> Void]()

    var earliestTimer: Timestamp? { timers.min() }

    struct Mark { let outbox, timers, afterCommit: Int }
    var mark: Mark { Mark(outbox: outbox.count, timers: timers.count, afterCommit: afterCommit.count) }

    mutating func rollBack(to mark: Mark) {
        outbox.removeLast(outbox.count - mark.outbox)
        timers.removeLast(timers.count - mark.timers)
        afterCommit.removeLast(afterCommit.count - mark.afterCommit)
    }
}
