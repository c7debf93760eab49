import Runtime

/// What has happened to a saga.
public enum SagaInput: Sendable, Hashable {
    case begin
    /// The step is done: its success reply came, or its local action went through.
    case succeeded(Int)
    /// The step was refused: its failure reply came, or its local action threw ``SagaRefusal``.
    case failed(Int, reason: String)
    /// The step's condition does not apply.
    case skipped(Int)
    /// A local action or local compensation could not be carried out now.
    case interrupted(Int)
    /// The saga's timer was due.
    case timedOut
    case cancelRequested(reason: String)
    /// The step has been undone: the reply of its compensation came, or its local compensation went through.
    case compensated(Int)
}

/// What to do next. The executor does exactly one thing for each input.
public enum SagaInstruction: Sendable, Hashable {
    /// Begin with the step: check its condition, then act or send.
    case perform(Int)
    /// The same step once more, at once.
    case performAgain(Int)
    case compensate(Int)
    case compensateAgain(Int)
    /// Wait for the retry delay, then come back with `timedOut`.
    case retryLater(Int)
    case end(SagaStatus)
    /// Late, duplicate, or not possible any more. Nothing changes.
    case ignore(String)
}

/// The logic of every saga: input in, instruction out. No clock, no database, no await.
///
///     running ──all steps done──────────────────────▶ completed
///        │  refused, timed out before the pivot, cancelled before the pivot
///        ▼
///     compensating ──everything done undone, last first──▶ compensated
///
/// Past the pivot there is no way back: steps are sent again until they succeed. Compensations are sent again until they are confirmed.
/// A step that timed out may have taken effect, so it is compensated too; one that was refused is not.
public struct SagaStateMachine: Sendable {
    public let outline: SagaOutline
    public private(set) var progress: SagaProgress

    public init(outline: SagaOutline, progress: SagaProgress) {
        precondition(progress.steps.count == outline.steps.count, "the saga was begun by a definition with another number of steps")
        self.outline = outline
        self.progress = progress
    }

    public mutating func handle(_ input: SagaInput) -> SagaInstruction {
        switch progress.status {
        case .running: running(input)
        case .compensating: compensating(input)
        case .completed, .compensated: .ignore("the saga has ended: it is \(progress.status.rawValue)")
        }
    }

    /// Whether the saga waits for `input` at present; if not, `handle` ignores it.
    public func expects(_ input: SagaInput) -> Bool {
        switch (progress.status, input) {
        case (.running, .succeeded(let step)), (.running, .failed(let step, _)):
            step == progress.position && progress.steps[step] == .now
        case (.compensating, .compensated(let step)): step == progress.position
        default: false
        }
    }

    // MARK: Forward

    private mutating func running(_ input: SagaInput) -> SagaInstruction {
        let position = progress.position
        if case .begin = input {
            return position < 0 ? enter(0) : .ignore("the saga has begun already")
        }
        guard position >= 0 else { return .ignore("the saga has not begun") }
        switch input {
        case .succeeded(let step) where step == position || seeded("saga.believes-late-replies"):
            progress.steps[step] = .done
            return enter(step + 1)
        case .skipped(let step) where step == position:
            progress.steps[step] = .skipped
            return enter(step + 1)
        case .failed(let step, let reason) where step == position:
            if outline.mustSucceed(step) { return retry(step) }
            progress.steps[step] = .failed
            return turnBack(reason)
        case .interrupted(let step) where step == position:
            return retry(step)
        case .timedOut:
            if outline.isSentAgain(position) {
                progress.attempt += 1
                return .performAgain(position)
            }
            progress.steps[position] = seeded("saga.trusts-a-time-out") ? .failed : .unknown
            return turnBack("\(outline.steps[position].name) timed out")
        case .cancelRequested(let reason):
            guard outline.canCancel(at: position) else { return .ignore("the saga is past its point of no return") }
            // A local step that is in work has been rolled back; a command that is out may take effect.
            progress.steps[position] = outline.steps[position].isLocal ? .failed : .unknown
            return turnBack(reason)
        case .begin, .succeeded, .failed, .skipped, .interrupted, .compensated:
            return ignoreAnswer(input)
        }
    }

    private mutating func enter(_ step: Int) -> SagaInstruction {
        guard step < outline.steps.count else {
            progress.status = .completed
            return .end(.completed)
        }
        progress.position = step
        progress.attempt = 1
        progress.steps[step] = .now
        return .perform(step)
    }

    private mutating func retry(_ step: Int) -> SagaInstruction {
        progress.attempt += 1
        return .retryLater(step)
    }

    // MARK: Back

    private mutating func turnBack(_ reason: String) -> SagaInstruction {
        progress.status = .compensating
        progress.reason = reason
        return compensateNext(from: progress.position)
    }

    private mutating func compensating(_ input: SagaInput) -> SagaInstruction {
        let position = progress.position
        switch input {
        case .compensated(let step) where step == position:
            progress.steps[step] = .compensated
            return compensateNext(from: seeded("saga.leaves-out-a-compensation") ? step - 2 : step - 1)
        case .timedOut:
            progress.attempt += 1
            return .compensateAgain(position)
        case .interrupted(let step) where step == position:
            return retry(step)
        case .cancelRequested: return .ignore("the saga is being compensated already")
        case .begin: return .ignore("the saga has begun already")
        case .succeeded, .failed, .skipped, .interrupted, .compensated: return ignoreAnswer(input)
        }
    }

    /// The last step at or before `step` that has something to undo.
    private mutating func compensateNext(from step: Int) -> SagaInstruction {
        var step = seeded("saga.compensates-first-step-first") ? progress.steps.firstIndex { $0 == .done || $0 == .unknown } ?? step : step
        while step >= 0 {
            let status = progress.steps[step]
            if status == .done || status == .unknown, outline.steps[step].compensation != .none {
                progress.position = step
                progress.attempt = 1
                progress.steps[step] = .compensating
                return .compensate(step)
            }
            step -= 1
        }
        progress.status = .compensated
        return .end(.compensated)
    }

    private func ignoreAnswer(_ input: SagaInput) -> SagaInstruction {
        switch input {
        case .succeeded(let step) where progress.steps[step] == .done, .failed(let step, _) where progress.steps[step] == .failed:
            .ignore("duplicate reply")
        case .compensated(let step) where progress.steps[step] == .compensated: .ignore("duplicate reply")
        case .compensated: .ignore("unexpected reply: the step is not being compensated")
        case .succeeded(let step) where progress.steps[step] == .ahead, .failed(let step, _) where progress.steps[step] == .ahead:
            .ignore("unexpected reply: the step has not begun")
        default: .ignore("late reply")
        }
    }
}
