import Foundation
import GRDB
import Messaging
import Runtime
import Synchronization

/// One service's SQLite file: domain rows, outbox, inbox, timers, idempotency keys and saga state, committed together.
///
///     let order = try await store.write(cause: request.cause) { tx in
///         let id = try Orders.insert(order, in: tx.db)
///         try tx.publish(OrdersAPI.placed, OrderPlaced(order_id: id), subject: "\(id)")
///         return id
///     }
///
/// The store lives on its instance's lane: reads and commits run there, so a service and its database share a thread.
/// **Group commit**: what is written while a commit blocks the lane shares the next transaction; all are answered after COMMIT. A write
/// that throws takes nothing with it but itself: the others of its group are undone and done again, so a body may run twice.
///
/// Guarantees: a write that has returned is durable (by ``StoreOptions/persistence``); readers on the lane see every committed write.
/// Limits: one process opens the file for writing. `write` bodies are synchronous: no remote call can creep into a transaction.
public final class ServiceStore: @unchecked Sendable {
    // Unchecked: `pending` and `isFlushScheduled` are guarded by a mutex; everything else is confined to the lane.
    public let service: String
    public let file: URL
    public let world: World
    public let options: StoreOptions
    let outbox: OutboxFeed
    let timers: TimerFeed
    private let database: DatabaseQueue
    private let pending = Mutex(Pending())

    private struct Pending {
        var writes = [any PendingWrite]()
        var isFlushScheduled = false
        var isClosed = false
    }

    private init(world: World, service: String, file: URL, options: StoreOptions, database: DatabaseQueue) {
        self.world = world
        self.service = service
        self.file = file
        self.options = options
        self.database = database
        outbox = OutboxFeed(service: service, rowsMax: options.outboxRowsInMemoryMax)
        timers = TimerFeed(world: world)
    }

    /// Opens or creates the file and applies the migrations. Blocks; call it before the instance does other work.
    /// - Throws: ``StorageError``.
    public static func open(
        world: World, service: String, file: URL, migrations: Migrations, options: StoreOptions = .durable
    ) throws -> ServiceStore {
        var configuration = Configuration()
        configuration.label = service
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            db.becomeUnobserved()
            try db.runScript(
                """
                PRAGMA journal_mode = WAL; PRAGMA synchronous = \(options.persistence.pragma); PRAGMA cache_size = -8192;
                -- Savepoints keep the pages they may have to restore; in memory, for a group is short. On disk they cost as much as the log.
                PRAGMA temp_store = MEMORY;
                -- Some builds of SQLite overwrite deleted rows with zeros even where that means writing pages that nobody reads again.
                PRAGMA secure_delete = FAST;
                """)
        }
        _ = SQLiteProcess.isConfigured  // before the first connection, or not at all
        do {
            let isNew = !FileManager.default.fileExists(atPath: file.path)
            let template = isNew ? options.templates?.template(of: service, migrations, now: world.now) : nil
            let isCopy = try template?.restore(to: file) ?? false
            let database = try DatabaseQueue(path: file.path, configuration: configuration)
            let store = ServiceStore(world: world, service: service, file: file, options: options, database: database)
            try database.writeWithoutTransaction { db in
                if !isCopy {
                    try db.inTransaction(.immediate) {
                        try migrations.apply(to: db, service: service, now: world.now)
                        return .commit
                    }
                    try template?.keep(db, file: file)
                }
                try store.outbox.load(from: db)
            }
            return store
        } catch {
            throw StorageError.wrapping(error, service: service, file: file.path)
        }
    }

    /// Makes the outbox go on above `last`, the highest number of this service's messages in the log.
    ///
    /// A file that was put back from a copy, or lost its newest commits with the power, is behind the log. It would use numbers again, and the
    /// log would take its new messages for those that it has. Blocks; call it before anything is written.
    /// - Returns: how many messages the log has of this service that this file knows nothing of.
    /// - Throws: ``StorageError``.
    public func continueNumbering(after last: UInt64) throws -> Int {
        do {
            return try database.writeWithoutTransaction { db in
                if seeded("outbox.numbers-begin-anew-at-start") {
                    try db.execute(sql: "DELETE FROM sqlite_sequence WHERE name = 'outbox'")
                    return 0
                }
                let used = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
                let last = Int64(clamping: last)
                guard used ?? 0 < last else { return 0 }
                try db.execute(
                    sql: used == nil
                        ? "INSERT INTO sqlite_sequence(seq, name) VALUES (?, 'outbox')"
                        : "UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox'", arguments: [last])
                return Int(last - (used ?? 0))
            }
        } catch {
            throw StorageError.wrapping(error, service: service, file: file.path)
        }
    }

    /// Reads committed rows, synchronously, on the instance's lane. For short reads: the lane does nothing else meanwhile.
    public func read<T>(_ body: (Database) throws -> T) throws -> T {
        precondition(world.lane.isCurrent, "ServiceStore.read belongs on lane \(world.lane.name): call it from the service's isolated code")
        do {
            return try database.unsafeRead(body)
        } catch {
            throw StorageError.wrapping(error, service: service, file: file.path)
        }
    }

    /// Runs `body` in the next transaction and returns its result after COMMIT.
    /// - Parameter cause: given to the messages that `body` publishes.
    /// - Throws: what `body` throws, with nothing of it kept; ``StorageError`` when the transaction cannot be committed.
    public func write<T: Sendable>(cause: Cause, _ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws -> T {
        try await world.suspend("a commit of \(service)") { continuation in
            enqueue(PendingWriteOf(cause: cause, body: body, continuation: continuation))
        }
    }

    /// Closes the file. Writes that have not been answered fail with `closed`.
    public func close() throws {
        let abandoned = pending.withLock { pending in
            pending.isClosed = true
            defer { pending.writes = [] }
            return pending.writes
        }
        for write in abandoned { write.fail(closedError) }
        outbox.close()
        timers.close()
        try database.close()
    }

    private var closedError: StorageError { StorageError(.closed, service: service, "the store of \(service) is closed") }

    // MARK: Group commit

    private func enqueue(_ write: any PendingWrite) {
        let (isClosed, mustSchedule) = pending.withLock { pending in
            if pending.isClosed { return (true, false) }
            pending.writes.append(write)
            defer { pending.isFlushScheduled = true }
            return (false, !pending.isFlushScheduled)
        }
        if isClosed { write.fail(closedError) }
        if mustSchedule { world.lane.perform { self.flush() } }
    }

    /// Asks for a transaction even if nothing is written, to delete relayed outbox rows.
    private func scheduleSweep() {
        world.lane.schedule(after: .seconds(1)) {
            guard self.outbox.relayedButNotDeleted != nil else { return }
            self.enqueue(PendingWriteOf<Void>(cause: Cause(correlationID: "sweep"), body: { _ in }, continuation: nil))
        }.discard()
    }

    /// Commits everything that is pending, in one transaction, and answers all of it.
    private func flush() {
        var (group, mustReschedule) = pending.withLock { pending in
            let group = Array(pending.writes.prefix(options.groupWritesMax))
            pending.writes.removeFirst(group.count)
            pending.isFlushScheduled = !pending.writes.isEmpty
            return (group, pending.isFlushScheduled)
        }
        if mustReschedule { world.lane.perform { self.flush() } }
        guard !group.isEmpty else { return }
        do {
            let effects = try commit(&group)
            outbox.committed(effects.outbox)
            timers.committed(effects.earliestTimer)
            for action in effects.afterCommit { action() }
            for write in group { write.succeed() }
        } catch is InstanceCrash {
            return  // nobody is answered: the instance is gone
        } catch {
            let error = StorageError.wrapping(error, service: service, file: file.path)
            for write in group { write.fail(error) }
        }
    }

    /// - Parameter group: on return, the writes that took part in the commit; those whose body threw have been answered.
    private func commit(_ group: inout [any PendingWrite]) throws -> TransactionEffects {
        try world.point(.storeBegin, "\(group.count) writes")
        let all = group
        let effects: TransactionEffects
        do {
            // Nearly always every write of a group succeeds, and a savepoint each would cost as much again as their statements.
            effects = try transaction { tx in
                for write in all { do { try tx.perform(write) } catch { throw WriteFailed(reason: error) } }
                if seeded("store.answers-before-commit") { for write in all { write.succeed() } }
                return all.count
            }
        } catch let failed as WriteFailed {
            guard all.count > 1, !(failed.reason is InstanceCrash) else { throw failed.reason }
            var committed = [any PendingWrite]()
            effects = try transaction { tx in
                for write in all where try performApart(write, tx) { committed.append(write) }
                return committed.count
            }
            group = committed
        }
        try world.point(.storeAfter)
        return effects
    }

    /// The body of a write threw, and its transaction with the rest of the group is undone.
    private struct WriteFailed: Error { let reason: any Error }

    /// In a savepoint of its own, so that it takes nothing with it but itself. A write that throws is answered here.
    /// - Returns: whether it is part of the transaction.
    private func performApart(_ write: any PendingWrite, _ tx: StoreTransaction) throws -> Bool {
        do {
            try tx.savepoint { try tx.perform(write) }
            return true
        } catch let crash as InstanceCrash {
            throw crash
        } catch {
            // SQLite undoes the whole transaction by itself on some errors (full device, input/output).
            guard !tx.isUndone else { throw error }
            write.fail(StorageError.wrapping(error, service: service, file: file.path))
            return false
        }
    }

    /// - Parameter body: returns how many writes it has performed.
    private func transaction(_ body: (StoreTransaction) throws -> Int) throws -> TransactionEffects {
        try database.writeWithoutTransaction { db in
            try db.beginTransaction(.immediate)
            do {
                let relayed = outbox.relayedButNotDeleted
                if let relayed {
                    try db.run("DELETE FROM outbox WHERE id <= ?", relayed)
                }
                let transaction = StoreTransaction(db: db, service: service, now: world.now)
                let count = try body(transaction)
                try world.point(.storeCommit, "\(count) writes")
                if let fault = simulatedFault() { throw fault }
                try db.commit()
                if let relayed { outbox.deleted(through: relayed) }
                return transaction.effects
            } catch {
                if db.isInsideTransaction { try db.rollback() }
                throw error
            }
        }
    }
}

extension ServiceStore {
    /// What a device may answer to a commit, in a simulated run that wants it to.
    private func simulatedFault() -> DatabaseError? {
        if world.buggify("store.full") { return DatabaseError(resultCode: .SQLITE_FULL, message: "database or disk is full") }
        if world.buggify("store.commit-fails") { return DatabaseError(resultCode: .SQLITE_IOERR, message: "disk I/O error") }
        return nil
    }
}

// MARK: The relay's and the timer loop's side

extension ServiceStore {
    /// Waits for committed outbox rows and returns them in order; rows left from before the start come first.
    ///
    /// For one relay, on the instance's lane. Empty when the store closes or the task is cancelled.
    public func nextOutboxBatch(max: Int) async throws -> [OutboxRow] {
        try await outbox.next(max: max, world: world) { after, limit in
            try self.read { db in try OutboxRow.fetch(after: after, limit: limit, service: self.service, from: db) }
        }
    }

    /// The log has everything up to and including row `id`: the rows are deleted inside a later transaction of this store.
    public func outboxRelayed(through id: Int64) {
        if outbox.relayed(through: id) { scheduleSweep() }
    }

    /// True when the log has every committed outbox row.
    public var isOutboxEmpty: Bool { outbox.isEverythingRelayed }

    /// Waits until timers are due and returns them, earliest first, at most 64. Empty when the store closes or the task is cancelled.
    public func waitForTimer() async throws -> [DueTimer] {
        try await timers.next { now in
            try self.read { db in (try DueTimer.fetch(dueBy: now, limit: 64, from: db), try DueTimer.earliest(in: db)) }
        }
    }
}

extension LaneTimer {
    /// For timers that nobody cancels.
    func discard() {}
}
