import Messaging

/// A service whose tables, or some of them, follow from events, and that can make them again from these: `labctl rebuild`.
///
///     extension AnalyticsService: ProjectionRebuilding {
///         public nonisolated var replayedTopics: [Topic] { Self.topics }
///         public func rebuild(replacing: Bool, cause: Cause, log: @escaping ReplayedLog) async throws -> ProjectionRebuild { … }
///     }
public protocol ProjectionRebuilding: Microservice {
    /// Topics that it counts again; none when the events are in its own database.
    nonisolated var replayedTopics: [Topic] { get }

    /// Makes the tables again beside the live ones and compares; with `replacing` they take the live ones' place.
    /// - Parameter log: the messages of ``replayedTopics``.
    func rebuild(replacing: Bool, cause: Cause, log: @escaping ReplayedLog) async throws -> ProjectionRebuild
}

/// The next messages, in order within a partition; empty at the end.
public typealias ReplayedLog = @Sendable () async throws -> [Message]

/// What a rebuild found.
public struct ProjectionRebuild: Sendable, Hashable {
    /// Events applied again.
    public var events: Int
    /// How the live tables differed, one text a table; empty when all were equal.
    public var differences: [String]
    /// The live tables changed meanwhile: the differences mean nothing, and nothing was replaced.
    public var wasDisturbed: Bool
    public var wasReplaced: Bool

    public init(events: Int, differences: [String], wasDisturbed: Bool = false, wasReplaced: Bool) {
        self.events = events
        self.differences = differences
        self.wasDisturbed = wasDisturbed
        self.wasReplaced = wasReplaced
    }
}
