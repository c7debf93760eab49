import Runtime

/// When a failed piece of work is tried again: exponential backoff with jitter, up to a number of attempts.
public struct RetryPolicy: Sendable, Hashable {
    /// Attempts in all, the first included.
    public var attemptsMax: Int
    /// Delay before the second attempt.
    public var initialDelay: Duration
    public var multiplier: Double
    public var delayMax: Duration
    /// Share of the delay that is drawn at random: 0.2 makes a delay of 1 s anything from 0.8 to 1.2 s.
    public var jitter: Double

    public init(
        attemptsMax: Int, initialDelay: Duration, multiplier: Double = 2, delayMax: Duration = .seconds(60), jitter: Double = 0.2
    ) {
        precondition(
            attemptsMax >= 1 && multiplier >= 1 && (0...1).contains(jitter),
            "a retry policy needs attempts ≥ 1, multiplier ≥ 1, jitter in 0...1")
        self.attemptsMax = attemptsMax
        self.initialDelay = initialDelay
        self.multiplier = multiplier
        self.delayMax = delayMax
        self.jitter = jitter
    }

    /// Eight attempts over about 25 seconds.
    public static let standard = RetryPolicy(attemptsMax: 8, initialDelay: .milliseconds(200), delayMax: .seconds(15))
    public static let never = RetryPolicy(attemptsMax: 1, initialDelay: .zero)

    /// The delay after `attempt` failed (1 for the first); nil when that was the last one.
    public func delay(afterAttempt attempt: Int, random: RandomStream) -> Duration? {
        guard attempt < attemptsMax else { return nil }
        var microseconds = Double(initialDelay.microseconds)
        let limit = Double(delayMax.microseconds)
        var step = 1
        while step < attempt, microseconds < limit {
            microseconds *= multiplier
            step += 1
        }
        microseconds = min(microseconds, limit)
        microseconds *= 1 + jitter * (2 * random.fraction() - 1)
        return .microseconds(Int64(microseconds))
    }
}
