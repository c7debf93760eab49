/// How far a saga has come: the whole memory of its state machine.
public struct SagaProgress: Sendable, Hashable {
    public internal(set) var status: SagaStatus
    /// One a step.
    public internal(set) var steps: [SagaStepStatus]
    /// The step in work; -1 before the beginning. After the end, the last one that was in work.
    public internal(set) var position: Int
    /// Tries of the step in work, or of its compensation, the first included.
    public internal(set) var attempt: Int
    /// Why it turned back.
    public internal(set) var reason: String?

    public init(stepCount: Int) {
        self.init(status: .running, steps: Array(repeating: .ahead, count: stepCount), position: -1, attempt: 0, reason: nil)
    }

    init(status: SagaStatus, steps: [SagaStepStatus], position: Int, attempt: Int, reason: String?) {
        self.status = status
        self.steps = steps
        self.position = position
        self.attempt = attempt
        self.reason = reason
    }

    /// One character a step, as in ``SagaStepStatus``.
    var marks: String { String(steps.map(\.rawValue)) }

    static func steps(marks: String) -> [SagaStepStatus]? {
        let steps = marks.compactMap(SagaStepStatus.init(rawValue:))
        return steps.count == marks.count ? steps : nil
    }
}
