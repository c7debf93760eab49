import Dispatch
import Foundation
import Synchronization

/// SIGINT and SIGTERM, in order: the first asks for a graceful end, a later one ends the process at once.
final class TerminationSignals: @unchecked Sendable {
    // Unchecked: the sources are set up once and thread safe by themselves.
    private let sources: [any DispatchSourceSignal]
    private let count = SignalCount()

    init() {
        sources = [SIGINT, SIGTERM].map { [count] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
            source.setEventHandler { count.add() }
            source.resume()
            return source
        }
    }

    /// Returns with the first signal, at once when it has come before, or when the task is cancelled.
    func first() async { await count.first() }

    /// From now on a signal does what it does to any program, the first one too.
    func endAtNext() { count.endAtNext() }

    /// Does `work`, but not past the first signal: then it is cancelled and its end awaited, whatever that brings.
    /// - Parameter onSignal: called before the end is awaited.
    /// - Returns: what the work has brought; nil only when it was interrupted.
    /// - Throws: what the work throws, unless it was interrupted.
    func race<Value: Sendable>(
        onSignal: @Sendable () -> Void, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value?, isInterrupted: Bool) {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                await self.first()
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return (first, false) }
            onSignal()
            // It ends as it likes: whoever has pressed Ctrl-C wants no reasons.
            return (try? await group.next() ?? nil, true)
        }
    }
}

/// How many signals have come, and who waits for the first.
private final class SignalCount: Sendable {
    private struct State {
        var count = 0
        var lastWaiter = 0
        var waiting = [Int: CheckedContinuation<Void, Never>]()
    }
    private let state = Mutex(State())

    func add() {
        let waiting = state.withLock { state in
            if state.count > 0 { _exit(130) }
            state.count += 1
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }

    func endAtNext() { state.withLock { $0.count = max($0.count, 1) } }

    func first() async {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Looked at under the lock: a cancellation that comes later finds the waiter.
                    if state.count > 0 || Task.isCancelled { return true }
                    state.waiting[waiter] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: waiter) }?.resume()
        }
    }
}
