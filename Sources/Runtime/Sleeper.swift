import Synchronization

/// One sleep: resumed once, by its timer or by cancellation, whichever comes first, in any order of start and cancel.
final class Sleeper: Sendable {
    private enum State {
        case new
        case sleeping(UnsafeContinuation<Void, any Error>, any LaneTimer)
        case done
    }
    private let state = Mutex(State.new)

    func start(on lane: any Lane, for duration: Duration, _ continuation: UnsafeContinuation<Void, any Error>) {
        let wasCancelled = state.withLock { state in
            guard case .new = state else { return true }
            state = .sleeping(continuation, lane.schedule(after: duration) { self.finish(cancelled: false) })
            return false
        }
        if wasCancelled { continuation.resume(throwing: CancellationError()) }
    }

    func cancel() { finish(cancelled: true) }

    private func finish(cancelled: Bool) {
        let sleeping: (UnsafeContinuation<Void, any Error>, any LaneTimer)? = state.withLock { state in
            defer { state = .done }
            if case .sleeping(let continuation, let timer) = state { return (continuation, timer) }
            return nil
        }
        guard let (continuation, timer) = sleeping else { return }
        if cancelled {
            timer.cancel()
            continuation.resume(throwing: CancellationError())
        } else {
            continuation.resume()
        }
    }
}
