/// Where a saga stands. It always ends as `completed` or `compensated`.
public enum SagaStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case running, completed, compensating, compensated

    public var isEnded: Bool { self == .completed || self == .compensated }
}

/// Where one step of a saga stands. The raw value is how it is stored.
public enum SagaStepStatus: Character, Sendable, Hashable, CaseIterable {
    case ahead = "."
    /// Its command is out, or it waits for its next try.
    case now = ">"
    case done = "d"
    /// Its condition did not apply.
    case skipped = "-"
    /// The participant, or the local action, refused: nothing to undo.
    case failed = "x"
    /// It timed out or was cut short: whether it took effect is not known, so it will be compensated.
    case unknown = "?"
    /// Its compensation is out, or waits for its next try.
    case compensating = "<"
    case compensated = "c"
}
