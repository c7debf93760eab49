import Runtime
import Synchronization

/// Waits for work, but not longer than a deadline. Work that never answers, because its instance has died, holds nobody.
enum Deadline {
    /// - Returns: nil when the deadline came first; the work is cancelled then, and whatever it still answers is dropped.
    static func run<T: Sendable>(
        _ duration: Duration, world: World, waitingFor reason: @autoclosure () -> String, _ work: @escaping @Sendable () async throws -> T
    ) async throws -> T? {
        let race = Race<T?>()
        return try await withTaskCancellationHandler {
            try await world.suspend(reason()) { continuation in
                race.begin(continuation)
                let timer = world.lane.schedule(after: duration) { race.end(.success(nil)) }
                let task = world.spawn("call") {
                    do { race.end(.success(try await work())) } catch { race.end(.failure(error)) }
                }
                race.holds(timer: timer, task: task)
            }
        } onCancel: {
            race.end(.failure(CancellationError()))
        }
    }
}

/// Resumes its waiter once, with whatever ends the race first.
private final class Race<T: Sendable>: Sendable {
    private struct State {
        var continuation: UnsafeContinuation<T, any Error>?
        var early: Result<T, any Error>?
        var hasEnded = false
        var timer: (any LaneTimer)?
        var task: Task<Void, any Error>?
    }
    private let state = Mutex(State())

    func begin(_ continuation: UnsafeContinuation<T, any Error>) {
        let early = state.withLock { state in
            if state.early == nil { state.continuation = continuation }
            return state.early
        }
        if let early { continuation.resume(with: early) }
    }

    func holds(timer: any LaneTimer, task: Task<Void, any Error>) {
        let isOver = state.withLock { state in
            if !state.hasEnded {
                state.timer = timer
                state.task = task
            }
            return state.hasEnded
        }
        if isOver {
            timer.cancel()
            task.cancel()
        }
    }

    func end(_ result: Result<T, any Error>) {
        let held: State? = state.withLock { state in
            if state.hasEnded { return nil }
            let before = state
            state = State(early: before.continuation == nil ? result : nil, hasEnded: true)
            return before
        }
        guard let held else { return }
        held.timer?.cancel()
        held.task?.cancel()
        held.continuation?.resume(with: result)
    }
}
