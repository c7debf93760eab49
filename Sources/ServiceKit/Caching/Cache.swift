import Runtime
import Synchronization
import Telemetry

/// Values kept for a while, in the process, by namespace and key. Losing any of them at any time must do no harm.
///
///     let products = context.cache.namespace("products")
///     if let view: ProductView = products.get("42") { return view }
///     products.set("42", view, ttl: .seconds(30))
///
/// Time to live goes by the world's clock. When the cache is full, what was not used for longest goes first, whatever its namespace.
/// Safe from any thread.
public final class Cache: Sendable {
    struct Key: Hashable, Sendable {
        let namespace: String
        let key: String
    }

    struct Entry: Sendable {
        var value: any Sendable
        var expires: Timestamp?
    }

    let world: World
    let metrics: MetricRegistry
    let entries: Mutex<LeastRecentlyUsed<Key, Entry>>
    let evictions: MetricCounter

    /// - Parameter entriesMax: entries held at most, over all namespaces.
    public init(world: World, metrics: MetricRegistry = MetricRegistry(), entriesMax: Int = 10_000) {
        self.world = world
        self.metrics = metrics
        entries = Mutex(LeastRecentlyUsed(countMax: entriesMax))
        evictions = metrics.counter("cache_evictions_total", "Entries removed because the cache was full.")
        metrics.gauge(TelemetryEvent.cacheEntries.name, TelemetryEvent.cacheEntries.summary) { [weak self] in Double(self?.count ?? 0) }
    }

    /// Entries held, expired ones that nobody looked at included.
    public var count: Int { entries.withLock { $0.count } }

    /// A part of the cache with its own keys and its own hit ratio. Keep it: the counters are looked up here.
    public func namespace(_ name: String) -> CacheNamespace { CacheNamespace(name, in: self) }
}
