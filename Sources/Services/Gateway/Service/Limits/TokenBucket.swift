import Runtime

/// A token bucket: holds up to `capacity` tokens, gains `perSecond` of them, gives one to each request.
struct TokenBucket: Sendable {
    struct Rate: Sendable, Hashable {
        var perSecond: Double
        var capacity: Double
    }

    struct Verdict: Sendable, Hashable {
        let isAllowed: Bool
        /// Whole tokens left.
        let remaining: Int
        /// Until a token is there, when refused; until the bucket is full, when allowed.
        let reset: Duration
    }

    private var tokens: Double
    private var at: Timestamp

    init(_ rate: Rate, now: Timestamp) {
        tokens = rate.capacity
        at = now
    }

    mutating func take(_ rate: Rate, now: Timestamp) -> Verdict {
        let elapsed = Double(max(0, now.microseconds - at.microseconds)) / 1_000_000
        tokens = min(rate.capacity, tokens + elapsed * rate.perSecond)
        at = now
        guard tokens >= 1 else {
            return Verdict(
                isAllowed: false, remaining: 0, reset: .microseconds(Int64(((1 - tokens) / rate.perSecond * 1_000_000).rounded(.up))))
        }
        tokens -= 1
        return Verdict(
            isAllowed: true, remaining: Int(tokens), reset: .microseconds(Int64((rate.capacity - tokens) / rate.perSecond * 1_000_000)))
    }
}
