import Runtime
import Synchronization

/// What an oracle remembers of one run, and of that run alone: begins anew as soon as it is asked about another history.
///
///     private let seen = PerRun(Set<String>())
///     func afterDelivery(_ event: History.Event, _ view: LabView) throws {
///         try seen.with(view) { seen in … }
///     }
///
/// So a scenario may keep its oracles in a stored property, and one value may judge any number of runs, one after the other or, in several
/// threads, at the same time; then it remembers less, and must not take what it has forgotten for a mistake.
public final class PerRun<State: Sendable>: Sendable {
    private struct Memory {
        weak var history: History?
        var state: State
    }

    private let memory: Mutex<Memory>
    private let initial: State

    public init(_ initial: State) {
        self.initial = initial
        memory = Mutex(Memory(history: nil, state: initial))
    }

    public func with<T>(_ view: LabView, _ body: (inout State) throws -> T) rethrows -> T {
        let history = view.history
        return try memory.withLock { memory in
            if memory.history !== history { memory = Memory(history: history, state: initial) }
            return try body(&memory.state)
        }
    }
}
