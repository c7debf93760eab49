import Runtime
import ServiceKit
import Synchronization

/// Answers to public GETs, for a short time.
///
/// What is kept belongs to nobody: only endpoints that their owner declared `public` are asked for it, and the question goes to the
/// service without an identity. A successful change of a service through this gateway makes its kept answers stale at once, so a client
/// reads what it wrote; changes that come another way show after the time to live. Stale answers stay for ``CacheLimits/staleFor``, for
/// the case that the service does not answer.
///
/// Bounded by bytes: two generations of half the bytes each; when the newer is full it becomes the older, and the older is forgotten.
final class ResponseCache: Sendable {
    let limits: CacheLimits
    private let state = Mutex(State())

    private struct Entry {
        let reply: CachedReply
        let at: Timestamp
        /// Of the service's answers, when the question was sent.
        let epoch: UInt64
    }

    private struct State {
        var recent = [String: Entry]()
        var older = [String: Entry]()
        var recentBytes = 0
        var epochs = [String: UInt64]()
    }

    enum Lookup: Sendable {
        case fresh(CachedReply)
        /// Too old to be given, unless the service does not answer.
        case stale(CachedReply, epoch: UInt64)
        case absent(epoch: UInt64)
    }

    init(limits: CacheLimits) { self.limits = limits }

    func find(_ key: String, of service: String, now: Timestamp) -> Lookup {
        state.withLock { state in
            let epoch = state.epochs[service] ?? 0
            guard let entry = state.recent[key] ?? state.older[key] else { return .absent(epoch: epoch) }
            if entry.epoch == epoch, now < entry.at + limits.timeToLive { return .fresh(entry.reply) }
            guard now < entry.at + limits.timeToLive + limits.staleFor else { return .absent(epoch: epoch) }
            return .stale(entry.reply, epoch: epoch)
        }
    }

    /// - Parameter epoch: from the lookup that came before the question; an answer that a change overtook is not taken for fresh.
    func add(_ reply: CachedReply, for key: String, epoch: UInt64, now: Timestamp) {
        guard reply.bytes <= limits.replyBytesMax else { return }
        state.withLock { state in
            if state.recentBytes + reply.bytes > limits.bytesMax / 2 {
                state.older = state.recent
                state.recent = [:]
                state.recentBytes = 0
            }
            // A replaced entry is counted twice until the generations change; the bound holds all the same.
            state.recentBytes += reply.bytes + key.utf8.count
            state.recent[key] = Entry(reply: reply, at: now, epoch: epoch)
        }
    }

    /// Something of the service has changed.
    func changed(_ service: String) { state.withLock { $0.epochs[service, default: 0] += 1 } }
}

/// Settings: `cache_ttl` (2 s; 0 s switches the cache off), `cache_stale` (60 s).
struct CacheLimits: Sendable {
    var timeToLive = Duration.seconds(2)
    var staleFor = Duration.seconds(60)
    var bytesMax = 16 << 20
    var replyBytesMax = 256 << 10

    init() {}

    init(settings: Settings) {
        timeToLive = settings.duration("cache_ttl", default: .seconds(2))
        staleFor = settings.duration("cache_stale", default: .seconds(60))
    }
}
