import Messaging
import Runtime

/// How long a saga waits before it tries again. It never gives up: the numbers of attempts are not used.
public struct SagaRetryPolicies: Sendable {
    /// Commands without an answer. At least the step's own time-out. Slow at first: an answer late by a backlog needs no second command.
    public var resend = RetryPolicy(attemptsMax: .max, initialDelay: .seconds(10), delayMax: .seconds(300))
    /// Steps that were refused although they have to succeed, and local actions that threw.
    public var retry = RetryPolicy(attemptsMax: .max, initialDelay: .milliseconds(200), delayMax: .seconds(60))

    public init() {}

    public static let standard = SagaRetryPolicies()

    func resendDelay(attempt: Int, _ random: RandomStream) -> Duration { Self.delay(resend, attempt, random) }
    func retryDelay(attempt: Int, _ random: RandomStream) -> Duration { Self.delay(retry, attempt, random) }

    private static func delay(_ policy: RetryPolicy, _ attempt: Int, _ random: RandomStream) -> Duration {
        policy.delay(afterAttempt: min(attempt, policy.attemptsMax - 1), random: random) ?? policy.delayMax
    }
}
