import Runtime
import Storage
import Synchronization

/// Forgets a group's inbox rows once the log cannot deliver their messages any more, so that the table does not grow for ever.
///
/// Goes through the table in slices, each in the transaction of a batch: after so many messages it looks at twice as many rows. So it
/// keeps up with any rate, costs nothing when nothing arrives, and needs neither a timer nor an index by time.
final class InboxSweep: Sendable {
    private struct State {
        var handled = 0
        var place = InboxPlace.beginning
    }

    private let group: String
    private let keepsFor: Duration
    private let every: Int
    private let state = Mutex(State())

    /// - Parameter every: messages between two slices.
    init(group: String, keepsFor: Duration, every: Int = 512) {
        self.group = group
        self.keepsFor = keepsFor
        self.every = every
    }

    /// Called in each batch's transaction with the number of its messages.
    func handled(_ messages: Int, in tx: StoreTransaction) throws {
        let slice = state.withLock { state -> (place: InboxPlace, rows: Int)? in
            state.handled += messages
            guard state.handled >= every else { return nil }
            defer { state.handled = 0 }
            return (state.place, 2 * state.handled)
        }
        guard let slice else { return }
        let next = try tx.forgetInbox(of: group, before: tx.now - keepsFor, after: slice.place, limit: slice.rows)
        // A transaction that is undone leaves its slice to the next round.
        tx.afterCommit { self.state.withLock { $0.place = next } }
    }
}
