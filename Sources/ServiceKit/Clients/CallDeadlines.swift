import DequeModule
import Runtime
import Synchronization

/// Waits for calls, but not longer than their deadlines. A call that never answers, because its peer has died, holds nobody.
///
/// One timer serves all calls of an upstream: nearly all of them are answered long before it fires, so a call costs a place in a queue.
final class CallDeadlines: Sendable {
    private struct State {
        /// By deadline, the earliest first; calls that are over leave when they come to the front, or when most are over.
        var calls = Deque<(deadline: Timestamp, call: any PendingCall)>()
        var live = 0
        var timer: (any LaneTimer)?
    }

    private let world: World
    private let state = Mutex(State())

    init(world: World) { self.world = world }

    /// - Parameter executor: where the work begins; the caller's lane when nil.
    /// - Returns: nil when the deadline came first; the work is cancelled then, and whatever it still answers is dropped.
    func run<T: Sendable>(
        until deadline: Timestamp, on executor: (any TaskExecutor)?, waitingFor reason: @autoclosure () -> String,
        _ work: @escaping @Sendable () async throws -> T
    ) async throws -> T? {
        let race = CallRace<T>()
        defer { ended() }
        return try await withTaskCancellationHandler {
            try await world.suspend(reason()) { continuation in
                race.begin(continuation)
                add(race, deadline)
                race.holds(
                    world.spawn(on: executor) {
                        do { race.end(.success(try await work())) } catch { race.end(.failure(error)) }
                    })
            }
        } onCancel: {
            race.cancel()
        }
    }

    private func add(_ call: any PendingCall, _ deadline: Timestamp) {
        state.withLock { state in
            state.live += 1
            while let first = state.calls.first, first.call.isOver { state.calls.removeFirst() }
            if state.calls.count > 64, state.calls.count > 4 * state.live { state.calls.removeAll { $0.call.isOver } }
            // Nearly always the last place: only a repeated try has an earlier deadline than calls that began before it.
            var place = state.calls.count
            while place > 0, state.calls[place - 1].deadline > deadline { place -= 1 }
            state.calls.insert((deadline, call), at: place)
            if place == 0 || state.timer == nil { arm(&state) }
        }
    }

    private func ended() {
        state.withLock { state in
            state.live -= 1
            // With nothing under way no timer is left behind: the virtual clock of a simulated run would jump to it.
            guard state.live == 0 else { return }
            state.timer?.cancel()
            state.timer = nil
            state.calls.removeAll(keepingCapacity: state.calls.count < 256)
        }
    }

    private func arm(_ state: inout State) {
        state.timer?.cancel()
        guard let first = state.calls.first else {
            state.timer = nil
            return
        }
        state.timer = world.lane.schedule(after: max(.zero, first.deadline - world.now)) { self.fire() }
    }

    private func fire() {
        let late = state.withLock { state in
            let now = world.now
            var late = [any PendingCall]()
            while let first = state.calls.first, first.call.isOver || first.deadline <= now {
                if !first.call.isOver { late.append(first.call) }
                state.calls.removeFirst()
            }
            arm(&state)
            return late
        }
        for call in late { call.expire() }
    }
}

private protocol PendingCall: AnyObject, Sendable {
    var isOver: Bool { get }
    func expire()
}

/// Resumes its waiter once, with whatever ends the race first: the answer, the deadline, or the end of the waiting task.
private final class CallRace<T: Sendable>: PendingCall {
    typealias Continuation = UnsafeContinuation<T?, any Error>

    private enum Phase {
        case new
        case waiting(Continuation, Task<Void, any Error>?)
        /// The waiting task was cancelled before it waited.
        case cancelled
        case over
    }
    private let phase = Mutex(Phase.new)

    var isOver: Bool {
        phase.withLock { phase in
            if case .waiting = phase { return false }
            return true
        }
    }

    func begin(_ continuation: Continuation) {
        let isCancelled = phase.withLock { phase in
            if case .cancelled = phase {
                phase = .over
                return true
            }
            phase = .waiting(continuation, nil)
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
    }

    func holds(_ task: Task<Void, any Error>) {
        let isOver = phase.withLock { phase in
            guard case .waiting(let continuation, _) = phase else { return true }
            phase = .waiting(continuation, task)
            return false
        }
        // Answered already, or nobody waits any more.
        if isOver { task.cancel() }
    }

    func end(_ result: Result<T, any Error>) {
        leave()?.continuation.resume(with: result.map { $0 })
    }

    func expire() {
        guard let (continuation, task) = leave() else { return }
        task?.cancel()
        continuation.resume(returning: nil)
    }

    func cancel() {
        guard let (continuation, task) = leave(orElse: .cancelled) else { return }
        task?.cancel()
        continuation.resume(throwing: CancellationError())
    }

    /// Ends the race for whoever comes first; nil for all others.
    private func leave(orElse early: Phase = .new) -> (continuation: Continuation, task: Task<Void, any Error>?)? {
        phase.withLock { phase in
            switch phase {
            case .new:
                phase = early
                return nil
            case .waiting(let continuation, let task):
                phase = .over
                return (continuation, task)
            case .cancelled, .over: return nil
            }
        }
    }
}
