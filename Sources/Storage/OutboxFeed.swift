import GRDB
import Messaging
import Runtime
import Synchronization

/// Hands committed outbox rows to the relay: in memory in the normal case, from the table after a start or when the relay is far behind.
///
/// The table stays the truth; the feed only spares the relay a read. docs/decisions/0003 has the measurement.
final class OutboxFeed: Sendable {
    private struct State {
        var rows = [OutboxRow]()
        /// Rows above `handedOut` are in the table but not all in `rows`.
        var mustReadTable = true
        var handedOut: Int64 = 0
        var committed: Int64 = 0
        var relayed: Int64 = 0
        var deleted: Int64 = 0
        var waiter: UnsafeContinuation<Bool, any Error>?
        var isClosed = false
    }

    private let service: String
    private let rowsMax: Int
    private let state = Mutex(State())

    init(service: String, rowsMax: Int) {
        self.service = service
        self.rowsMax = rowsMax
    }

    /// Notes what the table holds from before the start.
    func load(from db: Database) throws {
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM outbox") ?? 0
        state.withLock { state in
            state.committed = last
            if seeded("outbox.leftovers-forgotten-at-start") { state.mustReadTable = false }
        }
    }

    /// The number up to which the log has all rows while the table still holds them.
    var relayedButNotDeleted: Int64? { state.withLock { $0.relayed > $0.deleted ? $0.relayed : nil } }

    /// The number up to which the log has all rows, as far as is known since the start.
    var relayedThrough: Int64 { state.withLock { $0.relayed } }

    var isEverythingRelayed: Bool { state.withLock { $0.relayed >= $0.committed } }

    func committed(_ rows: [OutboxRow]) {
        guard let last = rows.last else { return }
        let waiter = state.withLock { state in
            state.committed = last.id
            if !state.mustReadTable {
                if state.rows.count + rows.count <= rowsMax {
                    state.rows.append(contentsOf: rows)
                } else {
                    state.rows = []
                    state.mustReadTable = true
                }
            }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: true)
    }

    /// - Returns: true when a sweep should be scheduled: the first relayed row since the table was last cleared.
    func relayed(through id: Int64) -> Bool {
        state.withLock { state in
            let isFirst = state.relayed == state.deleted
            state.relayed = max(state.relayed, id)
            return isFirst
        }
    }

    func deleted(through id: Int64) { state.withLock { $0.deleted = max($0.deleted, id) } }

    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }

    func next(max: Int, world: World, readTable: (_ after: Int64, _ limit: Int) throws -> [OutboxRow]) async throws -> [OutboxRow] {
        while true {
            if let rows = try take(max: max, readTable) { return rows }
            let goesOn = try await withTaskCancellationHandler {
                try await world.suspend("outbox rows of \(service)") { continuation in wait(continuation) }
            } onCancel: {
                cancelWait()
            }
            if !goesOn { return [] }
        }
    }

    /// Rows to relay; empty when closed, nil when there are none yet.
    private func take(max: Int, _ readTable: (Int64, Int) throws -> [OutboxRow]) throws -> [OutboxRow]? {
        let (mustReadTable, after, isClosed) = state.withLock { ($0.mustReadTable, $0.handedOut, $0.isClosed) }
        if isClosed { return [] }
        if mustReadTable {
            let rows = try readTable(after, max)
            // Nothing is committed between this read and the next line: both run on the lane.
            return state.withLock { state in
                if let last = rows.last {
                    state.handedOut = last.id
                    return rows
                }
                state.mustReadTable = false
                return nil
            }
        }
        return state.withLock { state in
            guard !state.rows.isEmpty else { return nil }
            let rows: [OutboxRow]
            if state.rows.count <= max {
                rows = state.rows
                state.rows = []
            } else {
                rows = Array(state.rows.prefix(max))
                state.rows.removeFirst(max)
            }
            state.handedOut = rows[rows.count - 1].id
            return rows
        }
    }

    private func wait(_ continuation: UnsafeContinuation<Bool, any Error>) {
        let answer: Bool? = state.withLock { state in
            if state.isClosed || Task.isCancelled { return false }
            if state.mustReadTable || !state.rows.isEmpty { return true }
            precondition(state.waiter == nil, "an outbox has one relay")
            state.waiter = continuation
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func cancelWait() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }
}
