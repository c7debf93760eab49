/// What ServiceLab measures, declared once: name, when it changes, unit, labels. `/metrics` of each service shows the series.
public struct TelemetryEvent: Sendable, Hashable {
    public let name: String
    public let kind: MetricKind
    /// When it fires and what growth means.
    public let summary: String
    public let labels: [String]

    public init(_ name: String, _ kind: MetricKind, _ summary: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.labels = labels
    }

    public static let requestDuration = TelemetryEvent(
        "http_request_duration_seconds", .histogram, "From a request's arrival at the service to its answer, in seconds.",
        labels: ["operation"])
    public static let requests = TelemetryEvent(
        "http_requests_total", .counter, "Requests answered.", labels: ["operation", "status"])
    public static let requestsInFlight = TelemetryEvent(
        "http_requests_in_flight", .gauge, "Requests being answered. Growth means that the service falls behind.")
    public static let calls = TelemetryEvent(
        "client_calls_total", .counter, "Calls to other services by outcome: ok, problem, unavailable, deadline, open.",
        labels: ["peer", "outcome"])
    public static let callRetries = TelemetryEvent(
        "client_retries_total", .counter, "Calls tried again. Growth means that a peer fails or restarts.", labels: ["peer"])
    public static let breakerState = TelemetryEvent(
        "client_breaker_open", .gauge, "1 while calls to the peer are refused at once.", labels: ["peer"])
    public static let messagesHandled = TelemetryEvent(
        "consumer_messages_total", .counter,
        "Deliveries to a consumer group by outcome: processed, duplicate, unknown, retried, dead_lettered, released.",
        labels: ["group", "outcome"])
    public static let batchDuration = TelemetryEvent(
        "consumer_batch_duration_seconds", .histogram, "From the delivery of a batch to its answer, commit included, in seconds.",
        labels: ["group"])
    public static let consumerLag = TelemetryEvent(
        "consumer_lag", .gauge, "Messages that the group has not acknowledged. Growth means that it is slower than its topics.",
        labels: ["group"])
    public static let deadLetters = TelemetryEvent(
        "consumer_dead_letters", .gauge, "Messages of the group that were given up and wait for an operator.", labels: ["group"])
    public static let outboxRelayed = TelemetryEvent("outbox_relayed_total", .counter, "Messages that went from the outbox to the log.")
    public static let outboxBacklog = TelemetryEvent(
        "outbox_backlog", .gauge, "Committed messages that the log does not have. Growth means that the log refuses or is slow.")
    public static let outboxStalled = TelemetryEvent("outbox_stalled", .gauge, "1 while the log refuses what the outbox holds.")
    public static let cacheHits = TelemetryEvent("cache_hits_total", .counter, "Lookups answered from the cache.", labels: ["namespace"])
    public static let cacheMisses = TelemetryEvent(
        "cache_misses_total", .counter, "Lookups not answered from the cache.", labels: ["namespace"])
    public static let cacheEntries = TelemetryEvent("cache_entries", .gauge, "Entries held by the cache.")

    public static let all: [TelemetryEvent] = [
        requestDuration, requests, requestsInFlight, calls, callRetries, breakerState, messagesHandled, batchDuration, consumerLag,
        deadLetters, outboxRelayed, outboxBacklog, outboxStalled, cacheHits, cacheMisses, cacheEntries,
    ]
}
