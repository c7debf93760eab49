import Runtime
import Synchronization
import Telemetry

/// A part of a ``Cache`` with its own keys and its own hit ratio.
public struct CacheNamespace: Sendable {
    public let name: String
    private let cache: Cache
    private let hits: MetricCounter
    private let misses: MetricCounter

    init(_ name: String, in cache: Cache) {
        self.name = name
        self.cache = cache
        hits = cache.metrics.counter(TelemetryEvent.cacheHits.name, TelemetryEvent.cacheHits.summary, labels: ["namespace": name])
        misses = cache.metrics.counter(TelemetryEvent.cacheMisses.name, TelemetryEvent.cacheMisses.summary, labels: ["namespace": name])
    }

    /// The value set under `key`, if it is there, has not expired and is of that type.
    public func get<V: Sendable>(_ key: String, as type: V.Type = V.self) -> V? {
        let now = cache.world.now
        let value = cache.entries.withLock { entries -> V? in
            guard let entry = entries.use(Cache.Key(namespace: name, key: key)) else { return nil }
            if let expires = entry.expires, expires <= now {
                entries.remove(Cache.Key(namespace: name, key: key))
                return nil
            }
            return entry.value as? V
        }
        (value == nil ? misses : hits).increment()
        return value
    }

    /// - Parameter ttl: nil keeps the value until it is removed or makes room.
    public func set(_ key: String, _ value: some Sendable, ttl: Duration?) {
        let expires = ttl.map { cache.world.now + $0 }
        let evicted = cache.entries.withLock { $0.set(Cache.Key(namespace: name, key: key), Cache.Entry(value: value, expires: expires)) }
        if evicted { cache.evictions.increment() }
    }

    /// The value under `key`; made and kept when it is not there. Two callers at once may both make it.
    public func value<V: Sendable>(_ key: String, ttl: Duration?, make: () async throws -> V) async rethrows -> V {
        if let found: V = get(key) { return found }
        let made = try await make()
        set(key, made, ttl: ttl)
        return made
    }

    public func remove(_ key: String) { cache.entries.withLock { _ = $0.remove(Cache.Key(namespace: name, key: key)) } }

    public func removeAll() {
        cache.entries.withLock { entries in
            for key in entries.keys where key.namespace == name { entries.remove(key) }
        }
    }

    /// Adds to a counter in one step and answers its new value; a counter that is not there or has expired begins at zero.
    /// - Parameter ttl: from the counter's beginning; later additions do not move it.
    public func increment(_ key: String, by amount: Int = 1, ttl: Duration? = nil) -> Int {
        let now = cache.world.now
        let key = Cache.Key(namespace: name, key: key)
        return cache.entries.withLock { entries in
            if let entry = entries.use(key), let count = entry.value as? Int, entry.expires.map({ $0 > now }) ?? true {
                entries.set(key, Cache.Entry(value: count + amount, expires: entry.expires))
                return count + amount
            }
            entries.set(key, Cache.Entry(value: amount, expires: ttl.map { now + $0 }))
            return amount
        }
    }

    /// Lookups answered, by all: 0 … 1; nil before the first.
    public var hitRatio: Double? {
        let total = hits.value + misses.value
        return total == 0 ? nil : Double(hits.value) / Double(total)
    }
}
