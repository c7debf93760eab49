import Runtime
import ServiceKit
import Synchronization

/// How many requests a client may send: a token bucket for each user, or for each client address where nobody is logged in.
///
/// Settings: `rate_limit` requests a second (2,000 by default; 0: no limit), `rate_limit_burst` (twice that). In memory; bounded to two
/// generations of ``generationMax`` clients: a client that has been silent the longest begins with a full bucket again.
final class RateLimiter: Sendable {
    static let generationMax = 20_000
    /// More than this in a second, or at once, is no limit.
    static let tokensMax = 1_000_000_000

    let rate: TokenBucket.Rate
    /// The limit as the header says it.
    let limit: String
    private let buckets = Mutex(Buckets())

    private struct Buckets {
        var recent = [String: TokenBucket]()
        var older = [String: TokenBucket]()
    }

    /// Nil when the settings switch limits off.
    convenience init?(settings: Settings) {
        let perSecond = settings.int("rate_limit", default: 2000)
        guard perSecond > 0 else { return nil }
        self.init(perSecond: perSecond, burst: settings.int("rate_limit_burst", default: 2 * min(perSecond, Self.tokensMax)))
    }

    init(perSecond: Int, burst: Int) {
        let burst = min(max(1, burst), Self.tokensMax)
        rate = TokenBucket.Rate(perSecond: Double(min(max(1, perSecond), Self.tokensMax)), capacity: Double(burst))
        limit = String(burst)
    }

    func take(_ client: String, now: Timestamp) -> TokenBucket.Verdict {
        buckets.withLock { buckets in
            if let verdict = buckets.recent[client]?.take(rate, now: now) { return verdict }
            var bucket = buckets.older.removeValue(forKey: client) ?? TokenBucket(rate, now: now)
            let verdict = bucket.take(rate, now: now)
            if buckets.recent.count >= Self.generationMax {
                buckets.older = buckets.recent
                buckets.recent = [:]
            }
            buckets.recent[client] = bucket
            return verdict
        }
    }
}
