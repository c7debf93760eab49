import CLMDB
import Foundation
import Messaging
import Runtime

/// The log behind the bus: the file, what is known of it in memory, and its one writer.
///
/// Callers encode and read on their own threads; whatever changes the file goes through `queue` to the writer, which runs on the
/// bus's own lane and puts everything that waits into one transaction (LogCore+Rounds).
final class LogCore: @unchecked Sendable {
    let world: World
    let options: LogOptions
    let directory: URL
    let environment: LMDBEnvironment
    let databases: LogDatabases
    let readers: ReaderPool
    let state: LogState
    let queue = WriterQueue()
    /// Held by the writer during a round, and by `close`.
    let writing = Lock()
    private let directoryLock: DirectoryLock

    // Guarded by `writing`.
    let appender: RecordAppender
    var round = WriterQueue.Round()
    /// How many publishers the next round may wait for a moment.
    var expectedPublishes = 0
    var fileBytes: Int
    /// The device had no room for growing ahead.
    var growthRefusedUntil = Timestamp.epoch
    var isEnded = false
    var retentionIsBlocked = false
    var lastRetention = Timestamp.epoch
    var retentionTimer: (any LaneTimer)?

    init(
        world: World, options: LogOptions, directory: URL, environment: LMDBEnvironment, databases: LogDatabases, state: LogState,
        appender: RecordAppender, directoryLock: DirectoryLock
    ) {
        self.world = world
        self.options = options
        self.directory = directory
        self.environment = environment
        self.databases = databases
        self.state = state
        self.appender = appender
        self.directoryLock = directoryLock
        readers = ReaderPool(environment)
        fileBytes = environment.fileSize
    }

    // MARK: Requests

    func publish(_ batch: [Message], _ idempotence: Idempotence) async throws -> [Position?] {
        guard !batch.isEmpty else { return [] }
        let catalogue = state.lock.withLock { state.catalogue }
        let request = try PublishRequest(batch, idempotence, catalogue)
        try await world.suspend("bus.publish of \(batch.count) to \(batch[0].topic)") {
            (continuation: UnsafeContinuation<Void, any Error>) in
            request.continuation = continuation
            schedule(queue.add(request), orRefuse: continuation)
        }
        return request.positions(in: batch, catalogue)
    }

    /// Runs `body` in the writer's next transaction, and after its commit what it returns.
    func change<T>(
        _ reason: String, structural: Bool = false, _ body: @escaping (LMDBTransaction) throws -> (() -> T)
    ) async throws -> T where T: Sendable {
        let box = Box<T>()
        let request = ChangeRequest(isStructural: structural) { transaction in
            let effect = try body(transaction)
            return { box.value = effect() }
        }
        try await world.suspend(reason) { (continuation: UnsafeContinuation<Void, any Error>) in
            request.continuation = continuation
            schedule(queue.add(request), orRefuse: continuation)
        }
        return box.value!
    }

    /// The same without anyone who waits.
    func changeSoon(_ body: @escaping (LMDBTransaction) throws -> ChangeRequest.Effect) {
        schedule(queue.add(ChangeRequest(isStructural: false, body)), orRefuse: nil)
    }

    private func schedule(_ mustSchedule: Bool?, orRefuse continuation: UnsafeContinuation<Void, any Error>?) {
        guard let mustSchedule else {
            continuation?.resume(throwing: Self.closed)
            return
        }
        if mustSchedule { scheduleRound() }
    }

    func scheduleRound() { world.lane.perform { self.runRound() } }

    static let closed = BusError(.closed, "the bus has been closed: open it again")

    /// Reads the file on the caller's thread.
    func read<T>(_ body: (Reader) throws -> T) throws -> T {
        do {
            guard let result = try readers.read(body) else { throw Self.closed }
            return result
        } catch let error as LMDBError {
            throw BusError(.device, "\(error). Check the device and the system's log")
        }
    }

    // MARK: The end

    /// Writes what waits, then closes the file. Waiting calls of `next` return empty; later calls fail with `closed`.
    func close() {
        writing.withLock {
            guard !isEnded else { return }
            // What was accepted is written; a structural change ends a round, so this may take several.
            repeat {
                queue.take(into: &round)
                commitRound(recheck: false)
            } while !isEnded && (!round.isEmpty || state.lock.withLock { !state.dirty.isEmpty }) && lastRoundDidCommit
            if !isEnded { end() }
        }
    }

    /// Ends as a crash would: nothing more is written, nobody who waits is answered. What is committed stays.
    func abandon() {
        writing.withLock { if !isEnded { end(answering: false) } }
    }

    /// Whether the last round reached the disk; a round that fails again and again must not keep `close` from ending.
    var lastRoundDidCommit = true

    /// With `writing` held.
    func end(answering: Bool = true) {
        isEnded = true
        let left = queue.close()
        var waiters = [UnsafeContinuation<Void, any Error>]()
        state.lock.withLock {
            state.isClosed = true
            state.timer?.cancel()
            for group in state.groups {
                for member in group.members {
                    member.isOpen = false
                    if let waiter = member.takeWaiter() { waiters.append(waiter) }
                }
            }
        }
        retentionTimer?.cancel()
        readers.close()
        environment.close()
        directoryLock.release()
        guard answering else { return }
        for waiter in waiters { waiter.resume() }
        for request in left.publishes { request.continuation?.resume(throwing: Self.closed) }
        for request in left.changes { request.continuation?.resume(throwing: Self.closed) }
    }
}

/// What a change returns. Unchecked: written by the writer before it resumes the continuation, read after.
private final class Box<T>: @unchecked Sendable {
    var value: T?
}
