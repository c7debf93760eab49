import Logging
import Messaging
import Reliability
import Telemetry

/// Counts what a consumer group does.
struct GroupMetrics: ConsumerObserver {
    private let processed: MetricCounter
    private let duplicates: MetricCounter
    private let unknown: MetricCounter
    private let retried: MetricCounter
    private let deadLettered: MetricCounter
    private let released: MetricCounter
    private let duration: MetricHistogram

    init(group: String, registry: MetricRegistry) {
        func counter(_ outcome: String) -> MetricCounter {
            registry.counter(
                TelemetryEvent.messagesHandled.name, TelemetryEvent.messagesHandled.summary, labels: ["group": group, "outcome": outcome])
        }
        processed = counter("processed")
        duplicates = counter("duplicate")
        unknown = counter("unknown")
        retried = counter("retried")
        deadLettered = counter("dead_lettered")
        released = counter("released")
        duration = registry.histogram(
            TelemetryEvent.batchDuration.name, TelemetryEvent.batchDuration.summary, labels: ["group": group])
    }

    func consumed(_ batch: ConsumedBatch) {
        processed.increment(by: batch.processed)
        duplicates.increment(by: batch.duplicates)
        unknown.increment(by: batch.unknown)
        retried.increment(by: batch.retried)
        deadLettered.increment(by: batch.deadLettered)
        released.increment(by: batch.released)
        duration.observe(batch.took)
    }
}

/// Counts what the relay does.
struct RelayMetrics: RelayObserver {
    private let relayed: MetricCounter
    private let stalled: MetricGauge

    init(_ registry: MetricRegistry) {
        relayed = registry.counter(TelemetryEvent.outboxRelayed.name, TelemetryEvent.outboxRelayed.summary)
        stalled = registry.gauge(TelemetryEvent.outboxStalled.name, TelemetryEvent.outboxStalled.summary)
    }

    func relayed(messages: Int) { relayed.increment(by: messages) }
    func stalled(_ reason: String) { stalled.set(1) }
    func resumed() { stalled.set(0) }
}

extension ServiceHost {
    /// Asks the store and the log for what nobody counts along the way: called before the metrics are shown.
    func refreshMessagingGauges() async {
        let registry = context.metrics
        do {
            let backlog = try await storeLane.outboxBacklog()
            registry.gauge(TelemetryEvent.outboxBacklog.name, TelemetryEvent.outboxBacklog.summary).set(backlog)
            guard !consumerGroups.isEmpty, let log = bus as? any BusInspecting else { return }
            let own = Set(consumerGroups.map(\.name))
            for group in try await log.groups() where own.contains(group.name) {
                let labels = ["group": group.name]
                registry.gauge(TelemetryEvent.consumerLag.name, TelemetryEvent.consumerLag.summary, labels: labels).set(Double(group.lag))
                registry.gauge(TelemetryEvent.deadLetters.name, TelemetryEvent.deadLetters.summary, labels: labels).set(group.deadLetters)
            }
        } catch {
            // A store or a log that has closed: the gauges keep what they showed last.
            logger.debug("messaging metrics not refreshed", metadata: ["error": "\(error)"])
        }
    }
}
