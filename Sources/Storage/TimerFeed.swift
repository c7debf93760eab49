import Runtime
import Synchronization

/// Wakes the timer loop when the earliest durable timer is due, or when a commit sets an earlier one.
final class TimerFeed: Sendable {
    private struct State {
        /// No timer in the table is due before this; nil when there are none.
        var earliest: Timestamp?
        var alarm: (any LaneTimer)?
        var waiter: UnsafeContinuation<Bool, any Error>?
        var isClosed = false
    }

    private let world: World
    private let state = Mutex(State())

    init(world: World) { self.world = world }

    func committed(_ earliest: Timestamp?) {
        guard let earliest else { return }
        state.withLock { state in
            if let known = state.earliest, known <= earliest || seeded("timer.alarm-not-moved-forward") { return }
            state.earliest = earliest
            setAlarm(&state)
        }
    }

    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            state.alarm?.cancel()
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }

    /// - Parameter fetch: the timers due by a time, and when the earliest of all is due.
    func next(_ fetch: (Timestamp) throws -> (due: [DueTimer], earliest: Timestamp?)) async throws -> [DueTimer] {
        while true {
            let (due, earliest) = try fetch(world.now)
            if !due.isEmpty { return due }
            // Nothing is committed between this read and the wait: both run on the lane.
            state.withLock { $0.earliest = $0.earliest == nil && seeded("timer.not-armed-after-a-restart") ? nil : earliest }
            let goesOn = try await withTaskCancellationHandler {
                try await world.suspend("durable timers of \(world.instance)") { continuation in wait(continuation) }
            } onCancel: {
                wake(goesOn: false)
            }
            if !goesOn { return [] }
        }
    }

    private func wait(_ continuation: UnsafeContinuation<Bool, any Error>) {
        let isRefused = state.withLock { state in
            if state.isClosed || Task.isCancelled { return true }
            precondition(state.waiter == nil, "a store has one timer loop")
            state.waiter = continuation
            setAlarm(&state)
            return false
        }
        if isRefused { continuation.resume(returning: false) }
    }

    private func setAlarm(_ state: inout State) {
        state.alarm?.cancel()
        state.alarm = nil
        guard state.waiter != nil, let earliest = state.earliest else { return }
        state.alarm = world.lane.schedule(after: max(.zero, earliest - world.now)) { self.wake(goesOn: true) }
    }

    private func wake(goesOn: Bool) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: goesOn)
    }
}
