import Runtime

/// What the state machine has to know of a definition: names and kinds, no closures.
public struct SagaOutline: Sendable, Hashable {
    public enum Compensation: Sendable, Hashable { case none, local, remote }

    public struct Step: Sendable, Hashable {
        public let name: String
        /// Done in the saga's own transaction; no reply to wait for.
        public let isLocal: Bool
        public let isPivot: Bool
        /// Tried until it succeeds. Every step after the pivot is.
        public let isRetriable: Bool
        public let compensation: Compensation

        public init(
            _ name: String, isLocal: Bool = false, isPivot: Bool = false, isRetriable: Bool = false, compensation: Compensation = .none
        ) {
            self.name = name
            self.isLocal = isLocal
            self.isPivot = isPivot
            self.isRetriable = isRetriable
            self.compensation = compensation
        }
    }

    public let steps: [Step]
    public let pivot: Int?

    public init(_ steps: [Step]) {
        self.steps = steps
        pivot = steps.firstIndex(where: \.isPivot)
    }

    /// Past the pivot there is no way back, so a refusal only means: not yet.
    func mustSucceed(_ step: Int) -> Bool {
        if seeded("saga.gives-up-past-the-pivot") { return false }
        if steps[step].isRetriable { return true }
        guard let pivot else { return false }
        return step > pivot
    }

    /// What a time-out leads to: the same step again, or the way back. A pivot that cannot be compensated cannot be left in doubt.
    func isSentAgain(_ step: Int) -> Bool {
        mustSucceed(step) || steps[step].isLocal || (step == pivot && steps[step].compensation == .none)
    }

    func canCancel(at step: Int) -> Bool { seeded("saga.cancelled-past-the-pivot") || pivot.map { step < $0 } ?? true }
}
