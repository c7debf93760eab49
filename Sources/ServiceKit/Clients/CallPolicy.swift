import Messaging

/// How calls to another service behave: how long they may take, how often they are tried, when they are refused at once.
public struct CallPolicy: Sendable {
    /// For all tries together.
    public var deadline: Duration
    /// Tries of calls that may be repeated: idempotent verbs, and others with an idempotency key.
    public var retry: RetryPolicy
    public var breakerFailuresMax: Int
    public var breakerOpenFor: Duration

    public init(
        deadline: Duration = .seconds(5),
        retry: RetryPolicy = RetryPolicy(attemptsMax: 3, initialDelay: .milliseconds(20), delayMax: .milliseconds(500), jitter: 0.5),
        breakerFailuresMax: Int = 5, breakerOpenFor: Duration = .seconds(5)
    ) {
        self.deadline = deadline
        self.retry = retry
        self.breakerFailuresMax = breakerFailuresMax
        self.breakerOpenFor = breakerOpenFor
    }

    public static let standard = CallPolicy()
}
