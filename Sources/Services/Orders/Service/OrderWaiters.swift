import Runtime
import Synchronization

/// Requests that wait until an order's checkout is decided. Resumed by the commit that decides it; nobody polls.
final class OrderWaiters: Sendable {
    private let world: World
    private let waiting = Mutex([Int64: [Waiter]]())

    init(world: World) { self.world = world }

    /// Begins to wait. Call it in the same isolated stretch that read the undecided order, so that no commit comes between.
    func register(orderID: Int64) -> Waiter {
        let waiter = Waiter(world: world, orderID: orderID)
        waiting.withLock { $0[orderID, default: []].append(waiter) }
        return waiter
    }

    /// The order is decided.
    func resume(orderID: Int64) {
        for waiter in waiting.withLock({ $0.removeValue(forKey: orderID) }) ?? [] { waiter.finish() }
    }

    /// Forgets a waiter that has given up.
    func remove(_ waiter: Waiter) {
        waiting.withLock { waiting in
            guard var others = waiting[waiter.orderID] else { return }
            others.removeAll { $0 === waiter }
            waiting[waiter.orderID] = others.isEmpty ? nil : others
        }
    }

    /// How many requests wait.
    var count: Int { waiting.withLock { $0.values.reduce(0) { $0 + $1.count } } }
}

/// One waiting request: resumed once, by the order, its time limit or the end of the request, in any order of these and of `wait`.
final class Waiter: Sendable {
    let orderID: Int64
    private let world: World
    private let state = Mutex(State.new)

    private enum State {
        case new
        case waiting(UnsafeContinuation<Void, any Error>, any LaneTimer)
        case done
    }

    init(world: World, orderID: Int64) {
        self.world = world
        self.orderID = orderID
    }

    /// Returns when the order is decided, `limit` has passed, or the task is cancelled, whichever comes first.
    func wait(atMost limit: Duration) async throws {
        try await withTaskCancellationHandler {
            try await world.suspend("order \(orderID) to be decided") { (continuation: UnsafeContinuation<Void, any Error>) in
                let isDone = state.withLock { state in
                    guard case .new = state else { return true }
                    state = .waiting(continuation, world.lane.schedule(after: limit) { self.finish() })
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            finish()
        }
    }

    func finish() {
        let before = state.withLock { state in
            defer { state = .done }
            return state
        }
        guard case .waiting(let continuation, let timer) = before else { return }
        timer.cancel()
        continuation.resume()
    }
}
