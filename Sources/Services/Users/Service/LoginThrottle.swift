import Runtime

/// How often a password may be tried: five times, then once in thirty seconds, for each e-mail, whether it has an account or not.
///
/// A token bucket a key: full at ``attemptsMax``, one more each ``refill``. A right password fills it again. Kept in memory: a restart
/// forgets it. Bounded to two generations of ``generationMax`` keys; who wants to push a key out must try as many others, at the price
/// of a password hash each, which takes longer than the bucket needs to fill.
struct LoginThrottle {
    static let attemptsMax = 5
    static let refill = Duration.seconds(30)
    static let generationMax = 10_000

    private struct Bucket {
        var attempts: Int
        /// When `attempts` was right.
        var at: Timestamp
    }
    private var recent = [String: Bucket]()
    private var older = [String: Bucket]()

    /// Takes one attempt, before the password is looked at, so that attempts at the same time count too.
    /// - Returns: nil when it may be tried, otherwise how long to wait.
    mutating func take(_ key: String, now: Timestamp) -> Duration? {
        var bucket = recent[key] ?? older[key] ?? Bucket(attempts: Self.attemptsMax, at: now)
        let gained = max(0, (now - bucket.at).microseconds) / Self.refill.microseconds
        bucket.attempts = Int(min(Int64(Self.attemptsMax), Int64(bucket.attempts) + gained))
        bucket.at = bucket.attempts == Self.attemptsMax ? now : bucket.at + .microseconds(gained * Self.refill.microseconds)
        guard bucket.attempts > 0 else {
            put(bucket, for: key)
            return Self.refill - (now - bucket.at)
        }
        bucket.attempts -= 1
        put(bucket, for: key)
        return nil
    }

    mutating func succeeded(_ key: String) {
        recent[key] = nil
        older[key] = nil
    }

    private mutating func put(_ bucket: Bucket, for key: String) {
        if recent.count >= Self.generationMax, recent[key] == nil {
            older = recent
            recent = [:]
        }
        recent[key] = bucket
    }
}
