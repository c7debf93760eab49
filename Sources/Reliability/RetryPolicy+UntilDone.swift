import Messaging
import Runtime

extension RetryPolicy {
    /// For the platform's own loops, which never give up: from 50 ms to 5 s.
    public static let untilDone = RetryPolicy(attemptsMax: .max, initialDelay: .milliseconds(50), delayMax: .seconds(5))
}
