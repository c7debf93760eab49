import CatalogAPI
import GRDB
import Reliability
import Runtime
import Storage
import Synchronization

/// Ends reservations whose time is over; see ``ReservationTransition`` for what that means to a late Commit.
///
/// One durable timer serves all reservations that lapse within the same second, so that a checkout does not pay for a timer of its own;
/// an index of open reservations tells which ones are meant.
final class ReservationExpiry: Sendable {
    static let timerKind = "reservation.expiry"
    /// Ended in one transaction; with more of them the timer runs again at once.
    private static let batchMax = 256

    /// How long an order may hold stock when its command does not say.
    let timeToLive: Duration
    /// The second whose timer was set last and committed. Only saves repetitions: losing it sets the timer again.
    private let watchedSecond = Mutex<Int64>(-1)

    init(timeToLive: Duration) { self.timeToLive = timeToLive }

    /// Makes sure that a timer looks after what lapses at `time`.
    func watch(_ time: Timestamp, in tx: StoreTransaction) throws {
        let second = (time.microseconds + 999_999) / 1_000_000
        guard watchedSecond.withLock({ $0 != second }) else { return }
        try tx.setTimer(Self.timerKind, subject: String(second), at: Timestamp(seconds: second))
        tx.afterCommit { self.watchedSecond.withLock { $0 = second } }
    }

    func install(_ timers: inout TimerHandlers) {
        timers.on(Self.timerKind) { timer, tx in try self.end(at: timer, in: tx) }
    }

    private func end(at timer: DueTimer, in tx: StoreTransaction) throws {
        let orders = try String.fetchAll(
            tx.db,
            sql: """
                SELECT order_id FROM products_reservation WHERE status = 'reserved' AND expires_at <= ?
                ORDER BY expires_at, order_id LIMIT ?
                """, arguments: [tx.now.microseconds, Self.batchMax])
        for order in orders {
            try StockParticipant.giveBack(order, as: .expired, reason: "not committed in time", in: tx)
        }
        if orders.count == Self.batchMax { try tx.setTimer(timer.kind, subject: timer.subject, at: tx.now) }
    }
}
